"""Just enough of a WebAssembly assembler to write two numeric kernels by hand.

An expression is `bytes`; what it leaves on the stack is the caller's business, as in the format itself. Opcodes are
those of the WebAssembly core specification 2.0, "Binary Format", with fixed-width SIMD.
"""

I32, F32, V128 = 0x7F, 0x7D, 0x7B


def unsigned(value: int) -> bytes:
    """LEB128 of a number from 0 up."""
    out = bytearray()
    while True:
        low, value = value & 0x7F, value >> 7
        if not value:
            return bytes([*out, low])
        out.append(low | 0x80)


def signed(value: int) -> bytes:
    """LEB128 of a number that may be negative."""
    out = bytearray()
    while True:
        low, value = value & 0x7F, value >> 7
        if (value == 0 and not low & 0x40) or (value == -1 and low & 0x40):
            return bytes([*out, low])
        out.append(low | 0x80)


ADD, SUB, MUL, SHL, AND = b"\x6a", b"\x6b", b"\x6c", b"\x74", b"\x71"
DIV_U = b"\x6e"
EQ, EQZ, NE, LT_U, GT_U, LE_U, GE_U = b"\x46", b"\x45", b"\x47", b"\x49", b"\x4b", b"\x4d", b"\x4f"
LT_S, GE_S = b"\x48", b"\x4e"
F_ADD, F_MUL, F_EQ = b"\x92", b"\x94", b"\x5b"
SELECT, RETURN, UNREACHABLE = b"\x1b", b"\x0f", b"\x00"
V_ADD, V_MUL, V_SPLAT = b"\xfd\xe4\x01", b"\xfd\xe6\x01", b"\xfd\x13"
V_ZERO = b"\xfd\x0c" + bytes(16)


def const(value: int) -> bytes:
    return b"\x41" + signed(value)


def get(local: int) -> bytes:
    return b"\x20" + unsigned(local)


def put(local: int, value: bytes = b"") -> bytes:
    """Set a local to `value`, or to what is on the stack."""
    return value + b"\x21" + unsigned(local)


def tee(local: int) -> bytes:
    return b"\x22" + unsigned(local)


def load(address: bytes, offset: int = 0) -> bytes:
    return address + b"\x28\x02" + unsigned(offset)


def load_f32(address: bytes, offset: int = 0) -> bytes:
    return address + b"\x2a\x02" + unsigned(offset)


def store_f32(address: bytes, value: bytes, offset: int = 0) -> bytes:
    return address + value + b"\x38\x02" + unsigned(offset)


def load_v(address: bytes, offset: int = 0) -> bytes:
    """Four floats; unaligned is fine."""
    return address + b"\xfd\x00\x02" + unsigned(offset)


def load_splat(address: bytes, offset: int = 0) -> bytes:
    """One float, four times."""
    return address + b"\xfd\x09\x02" + unsigned(offset)


def store_v(address: bytes, value: bytes, offset: int = 0) -> bytes:
    return address + value + b"\xfd\x0b\x02" + unsigned(offset)


def lane(vector: bytes, index: int) -> bytes:
    return vector + b"\xfd\x1f" + bytes([index])


def shuffled(first: bytes, second: bytes, floats: tuple[int, int, int, int]) -> bytes:
    """Four of eight floats, by number."""
    return first + second + b"\xfd\x0d" + bytes(4 * one + byte for one in floats for byte in range(4))


def when(condition: bytes, then: bytes, otherwise: bytes = b"") -> bytes:
    return condition + b"\x04\x40" + then + (b"\x05" + otherwise if otherwise else b"") + b"\x0b"


def choose(condition: bytes, then: bytes, otherwise: bytes) -> bytes:
    """Both are computed."""
    return then + otherwise + condition + SELECT


def repeat_while(condition: bytes, body: bytes) -> bytes:
    """Test first."""
    return b"\x02\x40\x03\x40" + condition + EQZ + b"\x0d\x01" + body + b"\x0c\x00\x0b\x0b"


def repeat_until_not(body: bytes, condition: bytes) -> bytes:
    """Test last."""
    return b"\x03\x40" + body + condition + b"\x0d\x00\x0b"


def step(local: int, by: int) -> bytes:
    return put(local, get(local) + const(by) + ADD)


def call(function: int) -> bytes:
    return b"\x10" + unsigned(function)


class Function:
    """Hands out locals. `taken`: parameters, and locals that are there already."""

    def __init__(self, taken: int) -> None:
        self._taken = taken
        self.kinds: list[int] = []

    def local(self, kind: int) -> int:
        self.kinds.append(kind)
        return self._taken + len(self.kinds) - 1

    def locals(self, kind: int, count: int) -> list[int]:
        return [self.local(kind) for _ in range(count)]

    def declared(self) -> list[bytes]:
        """Each local's declaration, as a function body has it."""
        return [unsigned(1) + bytes([kind]) for kind in self.kinds]

    def body(self, code: bytes) -> bytes:
        """A whole function body, without its size."""
        declared = self.declared()
        return unsigned(len(declared)) + b"".join(declared) + code + b"\x0b"
