# An nbdkit plugin: a disk of a file, base=, that keeps every write and flush in the order they come in another file,
# log=. A record is b'W' or b'F', offset (u64) and length (u32), little-endian, and for a write its bytes.

import io
import os
import struct

import nbdkit

API_VERSION = 2
paths = {}


def config(key, value):
    paths[key] = os.path.abspath(value)


def get_ready():
    global disk, log
    disk = os.open(paths["base"], os.O_RDWR)
    log = io.open(paths["log"], "wb", buffering=0)


def thread_model():
    return nbdkit.THREAD_MODEL_SERIALIZE_ALL_REQUESTS


def open(readonly):
    return 1


def get_size(handle):
    return os.path.getsize(paths["base"])


def can_flush(handle):
    return True


def can_fua(handle):
    return nbdkit.FUA_EMULATE


def pread(handle, buffer, offset, flags):
    os.preadv(disk, [buffer], offset)


def pwrite(handle, buffer, offset, flags):
    log.write(struct.pack("<cQI", b"W", offset, len(buffer)) + bytes(buffer))
    os.pwrite(disk, buffer, offset)


def flush(handle, flags):
    log.write(struct.pack("<cQI", b"F", 0, 0))
