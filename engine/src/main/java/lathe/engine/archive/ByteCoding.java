package lathe.engine.archive;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import lathe.engine.graph.UnsupportedModelException;

/**
 * Elements of one, two, four or eight bytes, all their highest bytes first, then all second ones, and so on. The bytes of one place
 * are coded with a binary tree of adaptive bits, or as they are. A float may be rotated by one bit, so that its exponent is
 * the highest byte and its sign the lowest bit.
 *
 * @param width bytes of an element
 * @param adaptive a bit for each place, 1 for the highest byte, 2 for the next: whether it is coded with a tree
 * @param rotated true for floats
 */
record ByteCoding(int width, int adaptive, boolean rotated) implements Coding {

    static final int KIND = 1;
    static final int WIDEST = 8;

    private static final int FIRST_BIT = IntegerCoding.BITS;
    private static final int TREE = 1 << Byte.SIZE;

    /** Adaptive bits: a tree for each place in each width. */
    static final int BITS = 2 * WIDEST * TREE;

    static ByteCoding read(DataInput in) throws IOException {
        ByteCoding coding = new ByteCoding(in.readUnsignedByte(), in.readUnsignedByte(), in.readUnsignedByte() != 0);
        if (Integer.bitCount(coding.width()) != 1 || coding.width() > WIDEST) {
            throw new UnsupportedModelException("elements of %d bytes".formatted(coding.width()));
        }
        return coding;
    }

    @Override
    public int kind() {
        return KIND;
    }

    @Override
    public void write(DataOutput out) throws IOException {
        out.writeByte(width);
        out.writeByte(adaptive);
        out.writeByte(rotated ? 1 : 0);
    }

    @Override
    public String word() {
        return adaptive == 0 ? "raw" : rotated ? "floats" : "bytes";
    }

    @Override
    public boolean fits(long bytes, long above) {
        return bytes % width == 0;
    }

    /** The same with one place coded with a tree. */
    ByteCoding withAdaptive(int place) {
        return new ByteCoding(width, adaptive | (1 << place), rotated);
    }

    @Override
    public void code(RangeCoder coder, byte[] bytes, byte[] above) {
        if (rotated) {
            rotate(bytes, 1);
        }
        for (int place = 0; place < width; place++) {
            boolean tree = ((adaptive >> place) & 1) != 0;
            int first = FIRST_BIT + (width + place) * TREE;
            for (int at = width - 1 - place; at < bytes.length; at += width) {
                int coded = tree ? coder.tree(first, Byte.SIZE, bytes[at]) : coder.direct(Byte.SIZE, bytes[at]);
                bytes[at] = (byte) coded;
            }
        }
        if (rotated) {
            rotate(bytes, Byte.SIZE * width - 1);
        }
    }

    /** Rotates each element to the left. */
    private void rotate(byte[] bytes, int by) {
        int bits = Byte.SIZE * width;
        for (int at = 0; at < bytes.length; at += width) {
            long element = 0;
            for (int i = 0; i < width; i++) {
                element |= (bytes[at + i] & 0xffL) << (Byte.SIZE * i);
            }
            long turned = (element << by) | (element >>> (bits - by));
            for (int i = 0; i < width; i++) {
                bytes[at + i] = (byte) (turned >>> (Byte.SIZE * i));
            }
        }
    }
}
