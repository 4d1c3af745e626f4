print("hallkeeper")
