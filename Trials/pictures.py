#!/usr/bin/env python3
"""U-2 to U-4: files that are bombs, files that tell where somebody lives, files with names that lead elsewhere.

    pictures.py PROGRAM [--short] [--seed N]

The witness stands outside the program: the kernel's figures of its memory, the bytes that are served and kept, the pixels
as another program decodes them, the files in its folder.
"""
import argparse, ctypes, ctypes.util, hashlib, os, random, shutil, struct, subprocess, sys, tempfile, urllib.parse, zlib
from house import House, Line, Tally, duties, rounds_pack

MOST_MIB, MOST_SECONDS = 64, 1.0
SECRET = b"SECRET-39.90469N-116.40717E-owner-Zhang-serial-8812"


# ---- pictures, byte by byte

def chunk(kind, data):
    """A part of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, colour=2, depth=8, rows=None, extra=b"", data=None):
    """A PNG of one colour; with `rows`, only so many of them are there."""
    if data is None:
        line = b"\0" + bytes((width * {0: 1, 2: 3, 3: 1, 6: 4}[colour] * depth + 7) // 8)
        packer = zlib.compressobj(9)
        data = b"".join(packer.compress(line) for _ in range(height if rows is None else rows)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def gif(screen, frames):
    """A GIF whose screen and frames have the sizes given; each frame is one clear code and the end."""
    data = b"GIF89a" + struct.pack("<HH", *screen) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    for width, height in frames:
        data += b"," + struct.pack("<HHHH", 0, 0, width, height) + b"\0\x02\x02\x4c\x01\0"
    return data + b";"


def segment(marker, data):
    """A part of a JPEG."""
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg_claiming(width, height):
    """A JPEG whose header claims a size and whose scan has next to nothing."""
    return (b"\xff\xd8" + segment(0xDB, b"\0" + b"\1" * 64) + segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0")
            + segment(0xC4, b"\0" + b"\1" + bytes(15) + b"\0") + segment(0xC4, b"\x10" + b"\1" + bytes(15) + b"\0") + segment(0xDA, b"\1\1\0\0\x3f\0") + b"\0\0\0\xff\xd9")


def jpeg_of_scans(width, height, scans):
    """A progressive JPEG that goes over the same pixels again and again."""
    head = b"\xff\xd8" + segment(0xDB, b"\0" + b"\1" * 64) + segment(0xC2, struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0")
    head += segment(0xC4, b"\0" + b"\1" + bytes(15) + b"\0") + segment(0xC4, b"\x10" + b"\0" * 14 + b"\1" + b"\0" + b"\xe0")
    blocks = ((width + 7) // 8) * ((height + 7) // 8)
    first = segment(0xDA, b"\1\1\0\0\0\0") + bytes((blocks + 7) // 8)
    again = segment(0xDA, b"\1\1\0\1\x3f\0") + bytes(4)
    return head + first + again * scans + b"\xff\xd9"


def riff(*chunks):
    """A WebP of chunks."""
    body = b"WEBP" + b"".join(kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def lossless(width, height):
    """The header of a lossless WebP."""
    return b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + bytes(40)


class GD:
    """libgd apart from the program: makes pictures to send and reads those that come back."""

    def __init__(self):
        gd = self.gd = ctypes.CDLL(ctypes.util.find_library("gd") or "libgd.so.3")
        for name in ("gdImageCreateTrueColor", "gdImageCreateFromJpegPtr", "gdImageJpegPtr", "gdImagePngPtr", "gdImageWebpPtrEx"):
            getattr(gd, name).restype = ctypes.c_void_p
        gd.gdImageGetTrueColorPixel.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
        gd.gdImageSetPixel.argtypes = [ctypes.c_void_p] + [ctypes.c_int] * 3
        gd.gdImageFilledRectangle.argtypes = [ctypes.c_void_p] + [ctypes.c_int] * 5
        gd.gdImageJpegPtr.argtypes = gd.gdImageWebpPtrEx.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_int), ctypes.c_int]
        gd.gdImagePngPtr.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_int)]
        gd.gdFree.argtypes = gd.gdImageDestroy.argtypes = [ctypes.c_void_p]

    def make(self, kind, width, height, rectangles):
        """A picture of coloured rectangles (x, y, x2, y2, rgb)."""
        image, size = self.gd.gdImageCreateTrueColor(width, height), ctypes.c_int()
        for x, y, x2, y2, colour in rectangles:
            self.gd.gdImageFilledRectangle(image, x, y, x2, y2, colour)
        data = {"jpeg": lambda: self.gd.gdImageJpegPtr(image, size, 95), "png": lambda: self.gd.gdImagePngPtr(image, size), "webp": lambda: self.gd.gdImageWebpPtrEx(image, size, 95)}[kind]()
        made = ctypes.string_at(data, size.value)
        self.gd.gdFree(data)
        self.gd.gdImageDestroy(image)
        return made

    def full_gif(self, side):
        """A GIF whose screen is one pixel and whose frame is all there."""
        self.gd.gdImageCreate.restype = self.gd.gdImageGifPtr.restype = ctypes.c_void_p
        self.gd.gdImageGifPtr.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_int)]
        self.gd.gdImageColorAllocate.argtypes = [ctypes.c_void_p] + [ctypes.c_int] * 3
        image, size = self.gd.gdImageCreate(side, side), ctypes.c_int()
        self.gd.gdImageColorAllocate(image, 1, 2, 3)
        data = self.gd.gdImageGifPtr(image, size)
        made = ctypes.string_at(data, size.value)
        self.gd.gdFree(data)
        self.gd.gdImageDestroy(image)
        return made[:6] + struct.pack("<HH", 1, 1) + made[10:]

    def pixels(self, data, places):
        """Width, height and colours of a JPEG at fractions of its sides."""
        image = self.gd.gdImageCreateFromJpegPtr(len(data), data)
        width, height = ctypes.cast(image, ctypes.POINTER(ctypes.c_int * 4096))[0], None
        found = jpeg_size(data)
        colours = [self.gd.gdImageGetTrueColorPixel(image, int(x * found[0]), int(y * found[1])) for x, y in places]
        self.gd.gdImageDestroy(image)
        return found, colours


def jpeg_parts(data):
    """The markers of a JPEG before its scan with their bytes, and what follows its end."""
    at, parts = 2, []
    while data[at] == 0xFF and data[at + 1] != 0xDA:
        length = struct.unpack(">H", data[at + 2:at + 4])[0]
        parts.append((data[at + 1], data[at + 4:at + 2 + length]))
        at += 2 + length
    return parts, data[data.rindex(b"\xff\xd9") + 2:]


def jpeg_size(data):
    """Width and height as its frame says."""
    frame = next(body for marker, body in jpeg_parts(data)[0] if marker in (0xC0, 0xC2))
    height, width = struct.unpack(">HH", frame[1:5])
    return width, height


# ---- sending and fetching

def send(house, line, data):
    """A photo through the parts of an upload; status, answer, and the JPEG that is kept."""
    sha = hashlib.sha256(data).hexdigest()
    status, answer = 0, b""
    for start in range(0, max(1, len(data)), 1 << 20):
        status, answer, _ = line.post(f"/uploads/{sha}?from={start}&total={len(data)}", data[start:start + (1 << 20)], {"content-type": "application/octet-stream"})
        if status != 200:
            break
    found = house.rows("select blob from upload where sha = ?", (sha,), "photos.sqlite") if status == 200 else []
    return status, answer, found[0][0] if found else None


def scan_bombs(gd):
    """What U-2 sends: name, bytes, and whether it is a picture all the same."""
    script = b"<script>alert(document.cookie)</script>"
    plain = gd.make("jpeg", 64, 48, [(0, 0, 31, 47, 0xFF0000)])
    huge = zlib.compress(bytes(100 << 20), 9)
    return [
        ("png of 65,535 by 65,535", png(65535, 65535, 0, 1, rows=6000), False), ("png of 100,000 by 10", png(100_000, 10), False), ("png of 20,001 by 1", png(20_001, 1), False),
        ("png of 1 by 20,001", png(1, 20_001), False), ("png of 2^31 by 2^31", png(1 << 31, 1 << 31, data=zlib.compress(b"")), False), ("png of nothing", png(0, 0), False),
        ("an empty png of 39 million pixels", png(6300, 6300), False), ("an empty png of 39 million pixels, one bit each", png(6300, 6300, 0, 1), False),
        ("an empty png of 39 million pixels with alpha", png(6300, 6300, 6), False), ("an empty png of 5.9 million pixels", png(2430, 2430, 6), True),
        ("png with a word that unpacks to 100 MiB", png(8, 8, extra=chunk(b"zTXt", b"Comment\0\0" + huge)), None),
        ("png with a profile that unpacks to 100 MiB", png(8, 8, extra=chunk(b"iCCP", b"p\0\0" + huge)), None),
        ("png with a part of 4 GiB", png(8, 8)[:33] + b"\xff\xff\xff\xffIDAT" + bytes(100), False), ("png cut short", png(400, 400)[:-60], None),
        ("png whose rows unpack to 100 MiB", png(8, 8, data=huge), None), ("png of 100,000 empty parts", png(8, 8, extra=chunk(b"tEXt", b"a\0b") * 100_000), None),
        ("gif of 65,535 by 65,535", gif((65535, 65535), [(10, 10)]), False), ("gif of one pixel, a frame of 65,535 by 65,535", gif((1, 1), [(65535, 65535)]), False),
        ("gif of one pixel, a frame of 30,000 by 30,000", gif((1, 1), [(30000, 30000)]), False), ("gif of 19,000 by 2,000, nothing in it", gif((19000, 2000), [(19000, 2000)]), False),
        ("gif of one pixel, a full frame of 9,000 by 9,000", gd.full_gif(9000), False), ("gif of 10,000 frames", gif((10, 10), [(10, 10)] * 10_000), None), ("gif cut short", b"GIF89a\x10\0\x10\0", False),
        ("jpeg of 65,535 by 65,535", jpeg_claiming(65535, 65535), False), ("jpeg of 39 million pixels, nothing in it", jpeg_claiming(6300, 6300), False),
        ("jpeg of no height", jpeg_claiming(640, 0), False), ("jpeg of 10,000 scans", jpeg_of_scans(2400, 2400, 10_000), False), ("jpeg of 300,000 scans", jpeg_of_scans(800, 800, 300_000), False),
        ("jpeg of two frames", jpeg_claiming(64, 64)[:-20] + segment(0xC0, struct.pack(">BHHB", 8, 60000, 60000, 1) + b"\1\x11\0") + jpeg_claiming(64, 64)[-20:], None),
        ("jpeg with 180 parts of 64 kB", b"\xff\xd8" + segment(0xE3, bytes(65533)) * 180 + plain[2:], None), ("jpeg cut short", plain[:-40], False),
        ("webp of 16,383 by 16,383", riff((b"VP8L", lossless(16383, 16383))), False), ("webp of 36 million pixels in 60 bytes", riff((b"VP8L", lossless(6000, 6000))), False),
        ("webp whose canvas is small", riff((b"VP8X", b"\0\0\0\0" + b"\x09\0\0\x09\0\0"), (b"VP8L", lossless(16383, 16383))), False),
        ("webp whose canvas is 16 million wide", riff((b"VP8X", b"\0\0\0\0" + b"\xff\xff\xff\xff\xff\xff"), (b"VP8L", lossless(8, 8))), False),
        ("tiff", b"II*\0\x08\0\0\0" + bytes(200), False), ("heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200), False), ("svg", b'<svg xmlns="http://www.w3.org/2000/svg">' + script + b"</svg>", False),
        ("pdf", b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF", False), ("zip", b"PK\x03\x04\x14\0\0\0\x08\0" + huge[:40_000], False), ("bmp", b"BM" + struct.pack("<IHHIIiiHH", 54, 0, 0, 54, 40, 30000, 30000, 1, 24) + bytes(40), False),
        ("gd2", b"gd2\0\0\2\x7f\xff\x7f\xff" + bytes(60), False), ("wbmp", b"\0\0\x83\xff\x7f\x83\xff\x7f" + bytes(60), False), ("12 MB of zeros", bytes(12 << 20), False), ("html behind gif's letters", b"GIF89a/*" + script, False),
        ("jpeg that is a page too", plain[:2] + segment(0xFE, script) + plain[2:] + script, True), ("png that is a page too", png(16, 16, extra=chunk(b"tEXt", b"c\0" + script)) + script, True),
        ("jpeg that is an archive too", plain + b"PK\x03\x04" + huge[:20_000], True),
    ]


def bombs(tally, house, line, gd):
    """U-2: memory and time stay small whatever is sent. Control: a real photo of 12 million pixels is taken, and
    that it needs more than a bomb may is seen."""
    failed, worst_memory, worst_time = 0, 0, 0
    list_ = scan_bombs(gd)
    # What a real photo of 12 million pixels and nearly 12 MB takes, it takes once: buffers, threads, the store's own memory.
    def real(seed):
        noise = random.Random(seed).randbytes(4096 * 2900)
        return png(4096, 2900, data=zlib.compress(b"".join(b"\0" + noise[n * 4096:(n + 1) * 4096] + bytes(8192) for n in range(2900)), 1))[:12 << 20]
    with open(f"/proc/{house.process.pid}/clear_refs", "w") as refs:
        refs.write("5")
    idle = house.memory()
    send(house, line, real(4))
    taken, answer, blob = send(house, line, real(5))
    seen, first = house.memory("VmHWM") - idle, house.memory()
    for name, data, wanted in list_:
        with open(f"/proc/{house.process.pid}/clear_refs", "w") as refs:
            refs.write("5")
        before, begun = house.memory(), house.seconds()
        try:
            status, answer, blob = send(house, line, data)
        except OSError as error:
            status, answer, blob = 599, str(error).encode(), None
        took, grew = house.seconds() - begun, house.memory("VmHWM") - before
        worst_memory, worst_time = max(worst_memory, grew), max(worst_time, took)
        served = line.ask("GET", line.photo(blob)) if blob else None
        clean = served is None or (served[0] == 200 and served[2]["content-type"] == "image/jpeg" and served[2]["x-content-type-options"] == "nosniff" and b"<script" not in served[1] and b"PK\x03\x04" not in served[1])
        holds = status in ({True: (200,), False: (400, 413, 415, 422), None: (200, 400, 413, 415, 422)}[wanted]) and clean and grew <= MOST_MIB and took <= MOST_SECONDS
        if not holds:
            failed += 1
            print(f"# U-2 {name}: {len(data)} bytes, {status} {answer[:60]!r}, {grew:.0f} MiB, {took:.2f} s")
    # What each takes is given back, but for what the allocator keeps for the next.
    kept = house.memory() - first
    failed += kept > 1.5 * MOST_MIB
    # A packed body is not unpacked by anybody.
    before = house.memory()
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = packer.compress(bytes(200 << 20)) + packer.flush()
    status, answer, _ = line.post("/walks/a/b", body, {"content-encoding": "gzip"})
    failed += not (400 <= status < 500 and house.memory() - before <= MOST_MIB)
    print(f"# U-2 most memory {worst_memory:.0f} MiB, kept {kept:.0f} MiB, most CPU {worst_time:.2f} s")
    tally.say("U-2-bombs", len(list_) + 2, failed, f"a photo of 12 million pixels is taken and needs {seen:.0f} MiB", taken == 200 and blob and seen > MOST_MIB)


# ---- what a photo tells

def tiff(orientation, little, extra=True):
    """EXIF: the orientation, a maker, a GPS place, an owner, a serial number, a maker's note."""
    e = "<" if little else ">"
    gps = struct.pack(e + "H", 2)
    gps += struct.pack(e + "HHI4s", 1, 2, 2, b"N\0\0\0") + struct.pack(e + "HHII", 2, 5, 3, 400) + struct.pack(e + "I", 0)
    entries = [struct.pack(e + "HHIHH", 0x0112, 3, 1, orientation, 0)]
    if extra:
        entries = [struct.pack(e + "HHII", 0x010F, 2, len(SECRET), 500)] + entries + [
            struct.pack(e + "HHII", 0x8825, 4, 1, 200), struct.pack(e + "HHII", 0x927C, 7, len(SECRET), 500), struct.pack(e + "HHII", 0xA430, 2, len(SECRET), 500), struct.pack(e + "HHII", 0xA431, 2, len(SECRET), 500)]
    head = (b"II*\0" if little else b"MM\0*") + struct.pack(e + "I", 8) + struct.pack(e + "H", len(entries)) + b"".join(entries) + struct.pack(e + "I", 0)
    body = bytearray(700)
    body[:len(head)] = head
    body[200:200 + len(gps)] = gps
    body[400:424] = struct.pack(e + "IIIIII", 39, 1, 54, 1, 16884, 1000)
    body[500:500 + len(SECRET)] = SECRET
    return bytes(body)


def stored(orientation, width, height):
    """The rectangles as a camera stores them so that, turned upright, red is above left, green above right, blue below left."""
    sides = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "lt", 6: "rt", 7: "rb", 8: "lb"}[orientation]
    across, down = (width, height) if orientation < 5 else (height, width)
    corners = {(0, 0): 0xFF0000, (1, 0): 0x00FF00, (0, 1): 0x0000FF, (1, 1): 0xFFFFFF}
    rectangles = []
    for row in (0, 1):
        for column in (0, 1):
            where = {}
            for side, n in ((sides[0], row), (sides[1], column)):
                where["y" if side in "tb" else "x"] = n if side in "tl" else 1 - n
            x, y = column * across // 2, row * down // 2
            rectangles.append((x, y, x + across // 2 - 1, y + down // 2 - 1, corners[(where["x"], where["y"])]))
    return across, down, rectangles


def near(colour, wanted):
    """Whether a pixel is the colour meant, after JPEG has had its way."""
    return all(abs((colour >> shift & 255) - (wanted >> shift & 255)) < 60 for shift in (0, 8, 16))


def telling(gd):
    """Thirty photos that tell more than they show: name and bytes."""
    made = []
    for orientation in range(1, 9):
        across, down, rectangles = stored(orientation, 96, 64)
        plain = gd.make("jpeg", across, down, rectangles)
        for little in (True, False):
            made.append((f"jpeg {orientation} {'II' if little else 'MM'}", plain[:2] + segment(0xE1, b"Exif\0\0" + tiff(orientation, little)) + plain[2:]))
    for orientation in (1, 3, 6, 8):
        across, down, rectangles = stored(orientation, 96, 64)
        plain = gd.make("png", across, down, rectangles)
        at = plain.index(b"IDAT") - 4
        made.append((f"png {orientation}", plain[:at] + chunk(b"eXIf", tiff(orientation, orientation != 3)) + chunk(b"tEXt", b"Author\0" + SECRET) + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SECRET) + plain[at:]))
        plain = gd.make("webp", across, down, rectangles)
        body = plain[12:]
        canvas = b"\x0c\0\0\0" + struct.pack("<I", across - 1)[:3] + struct.pack("<I", down - 1)[:3]
        picture = body[8:8 + struct.unpack("<I", body[4:8])[0]]
        made.append((f"webp {orientation}", riff((b"VP8X", canvas), (body[:4], picture), (b"EXIF", tiff(orientation, True)), (b"XMP ", SECRET))))
    across, down, rectangles = stored(1, 96, 64)
    plain = gd.make("jpeg", across, down, rectangles)
    thumb = gd.make("jpeg", 16, 16, [(0, 0, 15, 15, 0xFF00FF)])
    for name, parts, tail in (
        ("xmp", segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET), b""), ("iptc", segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(SECRET)) + SECRET), b""),
        ("a profile", segment(0xE2, b"ICC_PROFILE\0\1\1" + SECRET), b""), ("a motion photo", b"", b"\0\0\0\x18ftypmp42" + SECRET + bytes(400)),
        ("a thumbnail", segment(0xE1, b"Exif\0\0" + tiff(1, True) + thumb), b""), ("a comment", segment(0xFE, SECRET), b"")):
        made.append(("jpeg with " + name, plain[:2] + parts + plain[2:] + tail))
    return made


def private(tally, house, line, gd, program):
    """U-3: what is served, kept and backed up has pixels, turned upright, and nothing else. Control: the files as they were sent."""
    failed, kept, photos = 0, {}, telling(gd)
    places = [(0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8)]
    wanted = [0xFF0000, 0x00FF00, 0x0000FF, 0xFFFFFF]
    told = turned = 0

    def tells(data):
        parts, tail = jpeg_parts(data)
        odd = [marker for marker, body in parts if marker in range(0xE1, 0xF0) or (marker == 0xFE and not body.startswith(b"CREATOR: gd-jpeg")) or (marker == 0xE0 and body[12:14] != b"\0\0")]
        return bool(odd or tail or SECRET in data or b"Exif" in data)
    for name, data in photos:
        status, answer, blob = send(house, line, data)
        got, served, _ = line.ask("GET", line.photo(blob)) if blob else (0, b"", {})
        size, colours = gd.pixels(served, places) if got == 200 else ((0, 0), [0] * 4)
        upright = size == (96, 64) and all(near(c, w) for c, w in zip(colours, wanted))
        kept[blob] = name
        if status != 200 or got != 200 or tells(served) or not upright:
            failed += 1
            print("# U-3", name, status, got, size, [hex(c) for c in colours], tells(served) if served else answer)
        told += SECRET in data
        if name.startswith("jpeg "):
            turned += not all(near(c, w) for c, w in zip(gd.pixels(data, places)[1], wanted)) or jpeg_size(data) != (96, 64)
    # In the files: no part that was sent is left, not in free pages either; nor in a backup.
    for blob, data in house.rows("select hash, bytes from blob", file="photos.sqlite"):
        failed += blob in kept and tells(data)
    house.stop()
    shelf = house.work + "/shelf"
    run = subprocess.run([program, "backup", "--data", house.data, "--to", shelf], capture_output=True, text=True)
    if run.returncode:
        failed += 1
        print("# U-3 no backup", run.stderr[:200])
    for folder in (house.data, shelf):
        for base, _, names in os.walk(folder):
            for name in names:
                with open(os.path.join(base, name), "rb") as file:
                    count = file.read().count(SECRET)
                if count:
                    failed += 1
                    print("# U-3 told", count, "times in", os.path.relpath(os.path.join(base, name), house.work))
    house.start()
    tally.say("U-3-private", len(photos) * 4, failed, f"as sent {told} tell and {turned} lie on their side", told == len(photos) and turned == 14)


# ---- names

def hostile_names(dice, count):
    """Names that lead elsewhere, or cannot be written, or are read as something else."""
    ups = ["../", "..\\", "%2e%2e%2f", "..%2f", "%2e%2e/", "..%5c", "%252e%252e%252f", "....//", "..;/", "%c0%ae%c0%ae/", "..%00/", ".\u200b./", "\uff0e\uff0e/"]
    ends = ["etc/passwd", "hallkeeper.sqlite", "photos.sqlite", "proc/self/environ", "windows\\win.ini", "root/.ssh/id_rsa", "x.php", "evil.html"]
    names = [up * depth + end for up in ups for depth in (1, 3, 8) for end in ends]
    names += ["/" + end for end in ends] + ["C:\\" + end for end in ends] + ["file:///" + end for end in ends] + ["\\\\host\\share\\" + end for end in ends]
    names += [device + tail for device in ("CON", "PRN", "AUX", "NUL", "COM1", "LPT1", "con", "nul") for tail in ("", ".jpg", ".txt", ".", " ", ":stream")]
    names += ["a" * n + ".jpg" for n in (1, 254, 255, 256, 300, 1000, 4000)] + ["照" * n + ".jpg" for n in (1, 85, 86, 255, 1000)]
    names += ["照片.jpg", "\u202egpj.exe", "a\u0000.jpg", "\ufeff.jpg", "😀👩‍👩‍👧.jpg", "-rf", "--help", "a;rm -rf x", "$(id).jpg", "`id`.jpg", "|id", "a&b.jpg", "a\tb.jpg", "a'b.jpg", "~root", ".", "..", "...", " ", "", ".htaccess", "web.config", ".bashrc"]
    names += [f"{stem}{end}" for stem in ("photo", "照片", "<script>alert(1)</script>", "'onload='x", "{{7*7}}", "%s%n", "=cmd()", "\\\"; filename=\\\"b") for end in (".svg", ".html", ".php", ".php.jpg", ".jpg.php", ".jsp", ".exe", ".jpg%00.php", ".sh", ".xhtml", ".JPG ", ".jpg/")]
    while len(names) < count:
        names.append("".join(dice.choice(["../", "..\\", "%2f", "\u202e", "照", "A", ".", "\u0301", "%00", "|", "'", "&", "🙂", "\x7f", "+"]) for _ in range(dice.randint(2, 40))) + dice.choice(ends))
    dice.shuffle(names)
    return names[:count]


def names(tally, house, line, count, dice):
    """U-4: a file's name decides nothing. Control: a file really written under such a name is noticed."""
    photo, failed = png(6, 6), 0
    place, duty = duties(house, line)[0]
    shas = {row[0] for row in house.rows("select hash from blob", file="photos.sqlite")}

    def files():
        return sorted(os.path.relpath(os.path.join(base, name), house.work) for base, _, list_ in os.walk(house.work) for name in list_ if not name.endswith(("-wal", "-shm")))
    before = files()
    list_ = hostile_names(dice, count)
    for number, name in enumerate(list_):
        boundary = f"trial{dice.getrandbits(64):016x}"
        # As browsers write it: quotes and line ends become percent signs.
        written = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        body = (f"--{boundary}\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{line.csrf}\r\n--{boundary}\r\n"
                f"Content-Disposition: form-data; name=\"p0.photo\"; filename=\"{written}\"\r\nContent-Type: image/png\r\n\r\n").encode() + photo + f"\r\n--{boundary}--\r\n".encode()
        try:
            status, answer, headers = line.ask("POST", f"/duties/{place}/{duty}", body, {"content-type": "multipart/form-data; boundary=" + boundary})
            looked = [line.ask("GET", prefix + urllib.parse.quote(name[:2000], safe="%/"))[:2] for prefix in ("/photos/", "/assets/")]
        except OSError as error:
            failed += 1
            print("# U-4", repr(name[:60]), error)
            continue
        marked = name if "<" in name else "\0"
        leaked = any(word in text for _, text in looked for word in (b"root:x:", b"SQLite format 3", b"PATH=", b"PRIVATE KEY"))
        if not (status in (400, 422) and all(s in (301, 303, 400, 404, 405, 414, 431) for s, _ in looked) and not leaked and marked.encode() not in answer):
            failed += 1
            print("# U-4", repr(name[:60]), status, [s for s, _ in looked], answer[:80])
    kept = {row[0] for row in house.rows("select hash from blob", file="photos.sqlite")} - shas
    for blob in kept:
        status, data, headers = line.ask("GET", line.photo(blob))
        failed += not (status == 200 and headers["content-type"] == "image/jpeg" and headers["x-content-type-options"] == "nosniff" and "default-src 'none'" in headers["content-security-policy"])
    same = files() == before
    failed += (not same) + (len(kept) != 1)
    planted = os.path.join(house.data, "x.php")
    open(planted, "w").close()
    noticed = files() != before
    os.unlink(planted)
    tally.say("U-4-names", len(list_), failed, "a file under such a name is " + ("noticed" if noticed else "overlooked"), noticed)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--short", action="store_true")
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    dice, tally, gd = random.Random(options.seed), Tally(), GD()
    pack = rounds_pack(tempfile.mkdtemp(prefix="hallkeeper-pack-"), 8)
    house = House(options.program, pack)
    try:
        bombs(tally, house, Line(house.port, "cleaner-chengnan"), gd)
        private(tally, house, Line(house.port, "cleaner-chengnan"), gd, house.program)
        names(tally, house, Line(house.port, "cleaner-chengnan"), 120 if options.short else 700, dice)
    finally:
        house.close()
        shutil.rmtree(pack, ignore_errors=True)
    sys.exit(1 if tally.short else 0)
