package lathe.hostile;

import java.util.Arrays;

/** Spoils the bytes of a file, whatever they mean. */
final class ByteMutations {

    /** Varints with their lengths swapped, numbers of 64 bits, and the tags of groups. */
    private static final int[][] PIECES = {
        {0xff, 0xff, 0xff, 0xff, 0x07},
        {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
        {0x80, 0x80, 0x80, 0x80, 0x80, 0x80},
        {0x0b},
        {0x0c},
        {0x3a, 0x00},
        {0xc3, 0x28}
    };

    private ByteMutations() {}

    /** The file with one to three changes; at times cut short. */
    static byte[] spoilt(byte[] file, Choices choices) {
        byte[] bytes = choices.oneIn(6) ? Arrays.copyOf(file, choices.below(file.length + 1)) : file.clone();
        for (int i = choices.below(3); i >= 0 && bytes.length > 0; i--) {
            bytes = changed(bytes, choices.below(bytes.length), choices);
        }
        return bytes;
    }

    private static byte[] changed(byte[] bytes, int place, Choices choices) {
        switch (choices.below(7)) {
            case 0 -> bytes[place] ^= (byte) (1 << choices.below(8));
            case 1 -> bytes[place] = (byte) choices.below(256);
            case 2 -> bytes[place]++;
            case 3 -> bytes[place]--;
            case 4 -> {
                return spliced(bytes, place, PIECES[choices.below(PIECES.length)]);
            }
            case 5 -> {
                int other = choices.below(bytes.length);
                byte kept = bytes[place];
                bytes[place] = bytes[other];
                bytes[other] = kept;
            }
            default -> {
                return without(bytes, place, 1 + choices.below(16));
            }
        }
        return bytes;
    }

    private static byte[] spliced(byte[] bytes, int place, int[] piece) {
        byte[] longer = new byte[bytes.length + piece.length];
        System.arraycopy(bytes, 0, longer, 0, place);
        for (int i = 0; i < piece.length; i++) {
            longer[place + i] = (byte) piece[i];
        }
        System.arraycopy(bytes, place, longer, place + piece.length, bytes.length - place);
        return longer;
    }

    private static byte[] without(byte[] bytes, int place, int count) {
        int end = Math.min(bytes.length, place + count);
        byte[] shorter = Arrays.copyOf(bytes, bytes.length - (end - place));
        System.arraycopy(bytes, end, shorter, place, bytes.length - end);
        return shorter;
    }
}
