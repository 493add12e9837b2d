package lathe.hostile;

import java.util.ArrayList;
import java.util.List;

/** Numbers and texts that programs stumble over. */
final class NastyValues {

    private static final List<Long> INTEGERS = List.of(
            0L,
            1L,
            -1L,
            2L,
            3L,
            -2L,
            7L,
            255L,
            1000L,
            65_536L,
            (1L << 31) - 1,
            1L << 31,
            -(1L << 31),
            1L << 32,
            (1L << 32) + 1,
            1L << 40,
            1L << 62,
            Long.MAX_VALUE,
            Long.MIN_VALUE);

    private static final List<Float> REALS = List.of(
            0f,
            -0f,
            1f,
            -1f,
            1e-30f,
            -1e30f,
            1e30f,
            Float.MIN_VALUE,
            Float.MAX_VALUE,
            Float.NaN,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY);

    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "x",
            "a\nb",
            "\u001b[31mred",
            "\u0000",
            "%s%n%d",
            "\ud83d\ude00",
            "n".repeat(5000),
            "../../x",
            "NOTSET",
            "SAME_UPPER",
            "ai.onnx",
            "DCR");

    private static final List<String> LOCATIONS = List.of(
            "weights.data",
            "../secret.data",
            "sub/../../secret.data",
            "./weights.data",
            "link.data",
            "linked/secret.data",
            "missing.data",
            "/etc/hosts",
            "",
            ".",
            "\u0000",
            "sub",
            "weights.data/x");

    private NastyValues() {}

    static long integer(Choices choices) {
        return choices.oneIn(8) ? choices.bits() : choices.of(INTEGERS);
    }

    /** An extent that is small more often than not. */
    static long extent(Choices choices) {
        return choices.oneIn(3) ? integer(choices) : choices.below(9);
    }

    /** Up to nine integers, of small ones more than of others. */
    static List<Long> integers(Choices choices) {
        List<Long> list = new ArrayList<>();
        for (int i = choices.below(choices.oneIn(4) ? 10 : 5); i > 0; i--) {
            list.add(extent(choices));
        }
        return list;
    }

    static float real(Choices choices) {
        return choices.oneIn(8) ? Float.intBitsToFloat((int) choices.bits()) : choices.of(REALS);
    }

    static String text(Choices choices) {
        return choices.of(TEXTS);
    }

    /** A place for external data in or around a {@link HostileFolder}. */
    static String location(Choices choices) {
        return choices.of(LOCATIONS);
    }
}
