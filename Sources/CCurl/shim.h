// What of libcurl cannot be said from Swift: options are variadic in C, and callbacks get raw memory.
#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static inline CURLcode hk_curl_text(CURL *c, CURLoption o, const char *v) { return curl_easy_setopt(c, o, v); }
static inline CURLcode hk_curl_number(CURL *c, CURLoption o, long v) { return curl_easy_setopt(c, o, v); }
static inline CURLcode hk_curl_list(CURL *c, CURLoption o, struct curl_slist *v) { return curl_easy_setopt(c, o, v); }
static inline long hk_curl_status(CURL *c) {
    long status = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

// What is sent, and the beginning of what comes back: no receiver fills our memory.
struct hk_exchange {
    const char *bytes;
    size_t length, at;
    char kept[4096];
    size_t kept_length;
    int inside;      // addresses that are not public may be reached
    int refused;     // an address was not, and therefore nothing was sent
};

static inline size_t hk_read(char *to, size_t size, size_t count, void *own) {
    struct hk_exchange *e = own;
    size_t room = size * count, left = e->length - e->at, n = room < left ? room : left;
    memcpy(to, e->bytes + e->at, n);
    e->at += n;
    return n;
}

static inline size_t hk_keep(char *from, size_t size, size_t count, void *own) {
    struct hk_exchange *e = own;
    size_t given = size * count, room = sizeof e->kept - e->kept_length, n = given < room ? given : room;
    memcpy(e->kept + e->kept_length, from, n);
    e->kept_length += n;
    return given;
}

static inline int hk_is_public4(unsigned long a) {
    unsigned b = (unsigned)(a >> 24);
    if (b == 0 || b == 10 || b == 127 || b >= 224) return 0;
    if ((a >> 22) == (100u << 2 | 1)) return 0;                       // 100.64/10
    if ((a >> 16) == (169u << 8 | 254)) return 0;                     // link-local
    if ((a >> 20) == (172u << 4 | 1)) return 0;                       // 172.16/12
    if ((a >> 16) == (192u << 8 | 168)) return 0;
    if ((a >> 8) == (192u << 16)) return 0;                           // 192.0.0/24
    if ((a >> 17) == ((198u << 8 | 18) >> 1)) return 0;               // 198.18/15
    return 1;
}

static inline int hk_is_public(const struct sockaddr *s) {
    if (s->sa_family == AF_INET) return hk_is_public4(ntohl(((const struct sockaddr_in *)s)->sin_addr.s_addr));
    if (s->sa_family != AF_INET6) return 0;
    const unsigned char *b = ((const struct sockaddr_in6 *)s)->sin6_addr.s6_addr;
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255}, nat64[12] = {0, 0x64, 0xff, 0x9b};
    if (!memcmp(b, mapped, 12) || !memcmp(b, nat64, 12)) return hk_is_public4((unsigned long)b[12] << 24 | b[13] << 16 | b[14] << 8 | b[15]);
    if ((b[0] & 0xe0) != 0x20) return 0;                              // global unicast alone: no loopback, local or multicast
    if (b[0] == 0x20 && b[1] == 0x02) return hk_is_public4((unsigned long)b[2] << 24 | b[3] << 16 | b[4] << 8 | b[5]);
    return 1;
}

// Looked at where the connection is made, so that a name that means another address a moment later gains nothing.
static inline curl_socket_t hk_open(void *own, curlsocktype purpose, struct curl_sockaddr *a) {
    struct hk_exchange *e = own;
    (void)purpose;
    if (!e->inside && !hk_is_public(&a->addr)) {
        e->refused = 1;
        return CURL_SOCKET_BAD;
    }
    return socket(a->family, a->socktype, a->protocol);
}

static inline void hk_curl_exchange(CURL *c, struct hk_exchange *e) {
    curl_easy_setopt(c, CURLOPT_READFUNCTION, hk_read);
    curl_easy_setopt(c, CURLOPT_READDATA, e);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, hk_keep);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, e);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, hk_open);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, e);
}
static inline void hk_curl_body(CURL *c, const char *bytes, long length) {
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, length);
    curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, bytes);
}
