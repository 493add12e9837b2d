package lathe.engine.archive;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import lathe.engine.graph.UnsupportedModelException;

/**
 * Pieces of 1, 2 or 4 bits, as Lathe packs weights of b bits: the highest bits of all weights in one tensor, those below in
 * the next. Of n pieces in m bytes, piece i is in byte {@code i % m}, from bit {@code width * (i / m)} on. Coded in that
 * order with a binary tree of adaptive bits: one for each value of the last 6 bits, and of the piece of the same weight in the
 * tensor above.
 *
 * @param width bits of a piece
 * @param above bits of a piece of the tensor before this one in the file, which has as many; 0 to leave it out of account
 */
record PieceCoding(int width, int above) implements Coding {

    static final int KIND = 3;

    static final int FIRST_BIT = IntegerCoding.BITS + ByteCoding.BITS;
    /** Bits of the pieces before it that a piece depends on. */
    private static final int HISTORY = 6;

    /** Adaptive bits: for a pair of widths, whose sum no other pair has, {@code 2^(HISTORY + width + above)}. */
    static final int BITS = first(7);

    private static int first(int widths) {
        return (1 << (HISTORY + widths)) - (2 << HISTORY);
    }

    static PieceCoding read(DataInput in) throws IOException {
        PieceCoding coding = new PieceCoding(in.readUnsignedByte(), in.readUnsignedByte());
        boolean known = switch (coding.width()) {
            case 1 -> coding.above() == 0 || coding.above() == 2 || coding.above() == 4;
            case 2 -> coding.above() == 0 || coding.above() == 4;
            default -> coding.width() == 4 && coding.above() == 0;
        };
        if (!known) {
            throw new UnsupportedModelException("pieces of %d bits below %d".formatted(coding.width(), coding.above()));
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
        out.writeByte(above);
    }

    @Override
    public String word() {
        return "%d bits".formatted(width);
    }

    @Override
    public boolean fits(long bytes, long bytesAbove) {
        return above == 0 || bytes * above == bytesAbove * width;
    }

    @Override
    public void code(RangeCoder coder, byte[] bytes, byte[] bytesAbove) {
        int first = FIRST_BIT + first(width + above);
        int shiftAbove = 0;
        int atAbove = 0;
        int history = 0;
        for (int shift = 0; shift < Byte.SIZE; shift += width) {
            for (int at = 0; at < bytes.length; at++) {
                int context = 0;
                if (above != 0) {
                    context = (bytesAbove[atAbove] >>> shiftAbove) & ((1 << above) - 1);
                    if (++atAbove == bytesAbove.length) {
                        atAbove = 0;
                        shiftAbove += above;
                    }
                }
                int piece = coder.tree(first + (((context << HISTORY) + history) << width), width, bytes[at] >>> shift);
                history = ((history << width) | (piece & ((1 << width) - 1))) & ((1 << HISTORY) - 1);
                int mask = ((1 << width) - 1) << shift;
                bytes[at] = (byte) ((bytes[at] & ~mask) | ((piece << shift) & mask));
            }
        }
    }
}
