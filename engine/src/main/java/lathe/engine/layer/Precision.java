package lathe.engine.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * With how many bits a node multiplies.
 *
 * @param weights bits of a weight, 32 for a float
 * @param inputs bits of what it is multiplied with, 32 for a float
 */
public record Precision(int weights, int inputs) {

    /** Floats. */
    public static final Precision FLOAT = new Precision(Float.SIZE, Float.SIZE);

    private static final Pattern RUN = Pattern.compile("([0-9]{1,2})/([0-9]{1,2})(?:x([0-9]{1,6}))?");

    /** A list in few characters: {@code 8/32 4/32x12}, equal neighbours counted. */
    public static String text(List<Precision> precisions) {
        StringBuilder text = new StringBuilder();
        for (int i = 0, end; i < precisions.size(); i = end) {
            Precision precision = precisions.get(i);
            end = i + 1;
            while (end < precisions.size() && precisions.get(end).equals(precision)) {
                end++;
            }
            text.append(i == 0 ? "" : " ")
                    .append(precision.weights())
                    .append('/')
                    .append(precision.inputs());
            text.append(end - i > 1 ? "x" + (end - i) : "");
        }
        return text.toString();
    }

    /**
     * The list in a text.
     *
     * @param count that it must have
     * @return empty if that is not what {@link #text} writes
     */
    public static Optional<List<Precision>> list(String text, int count) {
        List<Precision> list = new ArrayList<>();
        for (String run : text.isEmpty() ? new String[0] : text.split(" ", -1)) {
            Matcher matcher = RUN.matcher(run);
            if (!matcher.matches()) {
                return Optional.empty();
            }
            Precision one = new Precision(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
            int times = matcher.group(3) == null ? 1 : Integer.parseInt(matcher.group(3));
            if (list.size() + times > count) {
                return Optional.empty();
            }
            for (int i = 0; i < times; i++) {
                list.add(one);
            }
        }
        return list.size() == count ? Optional.of(List.copyOf(list)) : Optional.empty();
    }
}
