package lathe.cli.shell;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Numbers as people read them, the same in every locale. */
public final class Figures {

    private static final int LONGEST_NAME = 44;

    private Figures() {}

    /** Bytes with a decimal unit: {@code 812 kB}, {@code 14.0 MB}. */
    public static String bytes(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        return scaled((double) bytes, "", List.of(" kB", " MB", " GB", " TB"));
    }

    /** A large number with a letter for thousands, millions and so on: {@code 1.23 G}. */
    public static String large(double number) {
        return number < 999.5
                ? count(Math.round(number))
                : scaled(number, "", List.of(" k", " M", " G", " T", " P", " E"));
    }

    /** Energy: {@code 1.23 mJ}. */
    public static String joules(double joules) {
        return scaled(joules * 1e12, " pJ", List.of(" nJ", " uJ", " mJ", " J"));
    }

    /** Three digits and a unit, the first of which the others are thousands, millions and so on. */
    private static String scaled(double number, String first, List<String> others) {
        double value = number;
        String unit = first;
        for (String next : others) {
            if (value < 999.5) {
                break;
            }
            value /= 1000;
            unit = next;
        }
        return threeDigits(value) + unit;
    }

    /** The format of weights where a column is called bits: {@code 4} for {@code int4}, any other by its name. */
    public static String bits(String format) {
        return format.startsWith("int") ? format.substring("int".length()) : format;
    }

    /** A number of things: {@code 1,234}. */
    public static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** A share of 1 in percent, with as many decimals as asked for. */
    public static String percent(double share, int decimals) {
        return decimal(100 * share, decimals) + " %";
    }

    /** A number with a fixed count of decimals. */
    public static String decimal(double number, int decimals) {
        return String.format(Locale.ROOT, "%." + decimals + "f", number);
    }

    /** Decibels; {@code exact} when nothing was lost. */
    public static String decibels(double value) {
        return value == Double.POSITIVE_INFINITY ? "exact" : decimal(value, 1);
    }

    /** A small share in percent, with two significant digits. */
    public static String smallPercent(double share) {
        double percent = 100 * share;
        if (percent == 0) {
            return "0";
        }
        if (percent < 0.0001) {
            return "<0.0001";
        }
        return decimal(percent, percent >= 10 ? 1 : percent >= 0.1 ? 2 : 4);
    }

    /** Seconds: {@code 6.3 s}. */
    public static String seconds(double seconds) {
        return decimal(seconds, 1) + " s";
    }

    /** Milliseconds: {@code 0.512 ms}. */
    public static String milliseconds(double milliseconds) {
        return decimal(milliseconds, 3) + " ms";
    }

    /** A shape: {@code 32x3x3x3}; {@code scalar} without axes. */
    public static String shape(List<Long> dims) {
        return dims.isEmpty() ? "scalar" : dims.stream().map(String::valueOf).collect(Collectors.joining("x"));
    }

    /** A name cut in its middle so that it fits a table. */
    public static String name(String name) {
        if (name.length() <= LONGEST_NAME) {
            return name;
        }
        int head = LONGEST_NAME / 3;
        int tail = LONGEST_NAME - head - 3;
        return name.substring(0, head) + "..." + name.substring(name.length() - tail);
    }

    /** {@code 1 layer}, {@code 2 layers}. */
    public static String plural(long number, String thing) {
        return count(number) + " " + thing + (number == 1 ? "" : "s");
    }

    private static String threeDigits(double value) {
        return decimal(value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
    }
}
