"""Videos in CPython, by PyAV (the package av): for the command line, which imports it only where one is asked for.

    containers.py   what the first bytes and the boxes of a file tell, without PyAV
    reader.py       a file in, its frames out, upright and with their times
    writer.py       frames in, a file out

FFmpeg's libraries do the work. They are asked to open nothing but the file that was named.
"""
