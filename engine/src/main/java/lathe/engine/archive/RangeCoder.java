package lathe.engine.archive;

import java.util.Arrays;
import lathe.engine.graph.UnsupportedModelException;

/**
 * An adaptive binary range coder in either direction: what one writes, another reads by the same calls. A range of 32 bits
 * with carries as in LZMA (I. Pavlov, 7-Zip). Each adaptive bit has two estimates of its probability, which follow it at
 * rates of 1/64 and 1/256, at first at 1/2, 1/3, 1/4 and so on; their mean is used. {@code docs/format.md} has the
 * arithmetic. Not thread-safe.
 */
final class RangeCoder {

    /** What is known of adaptive bits so far. */
    static final class Bits {

        /** The faster estimate, the slower one, and how often the bit was seen. */
        private final long[] states;

        Bits(int size) {
            states = new long[size];
            Arrays.fill(states, state(ONE / 2, ONE / 2, 0));
        }

        /** Becomes what another one of its size is. */
        void set(Bits other) {
            System.arraycopy(other.states, 0, states, 0, states.length);
        }
    }

    /** Adaptive bits that a byte can hold at most: each takes 0.0035 bits, as no probability passes 65377 / 65536. */
    static final int MOST_BITS_PER_BYTE = 2400;

    private static final int ONE = 1 << 16;
    private static final int FAST = 64;
    private static final int SLOW = 256;
    private static final int COUNTED = SLOW - 2;
    private static final int[] FAST_RATES = rates(FAST);
    private static final int[] SLOW_RATES = rates(SLOW);
    private static final int FULL = 1 << 24;
    private static final long UNSIGNED = 0xffff_ffffL;

    private final boolean decoding;
    private final long[] states;
    private byte[] bytes;
    private int position;
    private int range = -1;

    /** Decoding: how far into the range. */
    private int code;

    /** Encoding: where the range begins, and a byte before it with those of 255 behind it that a carry would change. */
    private long low;

    private int pending;
    private int pendingBytes;

    private RangeCoder(boolean decoding, Bits bits, byte[] bytes) {
        this.decoding = decoding;
        this.states = bits.states;
        this.bytes = bytes;
    }

    private static int[] rates(int slowest) {
        int[] rates = new int[COUNTED + 1];
        for (int i = 0; i < rates.length; i++) {
            rates[i] = ONE / Math.min(i + 2, slowest);
        }
        return rates;
    }

    private static long state(int fast, int slow, int count) {
        return ((long) fast << 32) | ((long) slow << 16) | count;
    }

    /** Writes; {@code bits} go on learning. */
    static RangeCoder encoder(Bits bits) {
        return new RangeCoder(false, bits, new byte[1 << 10]);
    }

    /** Reads what {@link #finish} gave, an array that is not copied; {@code bits} must be what they were for writing. */
    static RangeCoder decoder(Bits bits, byte[] bytes) {
        RangeCoder coder = new RangeCoder(true, bits, bytes);
        for (int i = 0; i < Integer.BYTES; i++) {
            coder.code = (coder.code << Byte.SIZE) | coder.next();
        }
        return coder;
    }

    /**
     * Codes an adaptive bit.
     *
     * @param bit what to write; ignored by a decoder
     * @return the bit that was written or read
     */
    int bit(int index, int bit) {
        long state = states[index];
        int fast = (int) (state >>> 32);
        int slow = (int) (state >>> 16) & (ONE - 1);
        int count = (int) state & (ONE - 1);
        int bound = (range >>> 16) * ((fast + slow) >>> 1);
        boolean one = decoding ? Integer.compareUnsigned(code, bound) >= 0 : bit != 0;
        if (one) {
            fast -= (fast * FAST_RATES[count]) >>> 16;
            slow -= (slow * SLOW_RATES[count]) >>> 16;
            code -= bound;
            low += bound & UNSIGNED;
            range -= bound;
        } else {
            fast += ((ONE - fast) * FAST_RATES[count]) >>> 16;
            slow += ((ONE - slow) * SLOW_RATES[count]) >>> 16;
            range = bound;
        }
        states[index] = state(fast, slow, Math.min(count + 1, COUNTED));
        normalize();
        return one ? 1 : 0;
    }

    /** Codes the lowest {@code count} bits of a number, highest first, each as likely 0 as 1. */
    int direct(int count, int value) {
        int coded = 0;
        for (int i = count - 1; i >= 0; i--) {
            range >>>= 1;
            int bit = decoding ? ~(code - range) >>> 31 : (value >>> i) & 1;
            code -= range & -bit;
            low += range & -bit & UNSIGNED;
            normalize();
            coded = (coded << 1) | bit;
        }
        return coded;
    }

    /**
     * Codes the lowest {@code count} bits of a number, highest first, each as an adaptive bit that depends on those before
     * it: a binary tree of {@code 2^count} adaptive bits from {@code first} on, whose place 0 is not used.
     *
     * @return the bits that were written or read, behind a 1
     */
    int tree(int first, int count, int value) {
        int node = 1;
        for (int i = count - 1; i >= 0; i--) {
            node = (node << 1) | bit(first + node, (value >>> i) & 1);
        }
        return node;
    }

    private void normalize() {
        while (Integer.compareUnsigned(range, FULL) < 0) {
            range <<= Byte.SIZE;
            if (decoding) {
                code = (code << Byte.SIZE) | next();
            } else {
                shift();
            }
        }
    }

    private int next() {
        if (position == bytes.length) {
            throw new UnsupportedModelException("the weights end too early");
        }
        return bytes[position++] & 0xff;
    }

    private void shift() {
        if (pendingBytes == 0 || low < UNSIGNED - FULL + 1 || low > UNSIGNED) {
            int carry = (int) (low >>> Integer.SIZE);
            for (; pendingBytes > 0; pendingBytes--) {
                put(pending + carry);
                pending = 0xff;
            }
            pending = (int) (low >>> 24) & 0xff;
        }
        pendingBytes++;
        low = (low & (FULL - 1)) << Byte.SIZE;
    }

    private void put(int value) {
        if (position == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * position);
        }
        bytes[position++] = (byte) value;
    }

    /** Bytes that {@link #finish} would give now. */
    int size() {
        return position + pendingBytes + Integer.BYTES;
    }

    /** Ends writing; all that was written. */
    byte[] finish() {
        for (int i = 0; i <= Integer.BYTES; i++) {
            shift();
        }
        return Arrays.copyOf(bytes, position);
    }

    /** True if all that was written has been read. */
    boolean isAtEnd() {
        return position == bytes.length && code == 0;
    }
}
