package lathe.engine.archive;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import lathe.engine.graph.UnsupportedModelException;

/** Numbers in as few bytes as they need: seven bits each, lowest first, the eighth set where another byte follows. */
final class Varints {

    private Varints() {}

    static void write(DataOutput out, long value) throws IOException {
        long rest = value;
        while (rest >= 0x80) {
            out.writeByte((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.writeByte((int) rest);
    }

    /** @throws UnsupportedModelException if there are more than 63 bits */
    static long read(DataInput in) throws IOException {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            int part = in.readUnsignedByte();
            value |= (part & 0x7fL) << shift;
            if (part < 0x80) {
                return value;
            }
        }
        throw new UnsupportedModelException("a number of more than 63 bits");
    }

    /** 0, -1, 1, -2 ... as 0, 1, 2, 3 ... */
    static long unsigned(int value) {
        return ((value << 1) ^ (value >> 31)) & 0xffff_ffffL;
    }

    static int signed(int value) {
        return (value >>> 1) ^ -(value & 1);
    }
}
