package lathe.engine.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Why channels of a network cannot be removed, whatever they carry. Channels that can only be removed together count as one.
 *
 * @param channels of all values of the network that can be followed from a layer on
 * @param reasons those that stay, by the reason; the others can be removed
 */
public record KeptChannels(int channels, List<Reason> reasons) {

    /** Named in a line. */
    private static final int MAIN = 3;

    /**
     * A reason.
     *
     * @param reason a clause such as "'y' is an output of the network"
     * @param channels that it keeps
     */
    public record Reason(String reason, int channels) {}

    public KeptChannels {
        reasons = List.copyOf(reasons);
    }

    /**
     * Those of a network.
     *
     * @param removable channels that can be removed
     * @param reasons how many stay for each
     * @return with the reasons that keep most first, where equal in the order given
     */
    public static KeptChannels of(int removable, Map<String, Integer> reasons) {
        List<Reason> sorted = new ArrayList<>();
        reasons.forEach((reason, count) -> sorted.add(new Reason(reason, count)));
        sorted.sort(Comparator.comparingInt(Reason::channels).reversed());
        return new KeptChannels(
                removable + sorted.stream().mapToInt(Reason::channels).sum(), sorted);
    }

    /** How many stay. */
    public int kept() {
        return reasons.stream().mapToInt(Reason::channels).sum();
    }

    /** How many stay and the main reasons, in one line. */
    public String text() {
        String main = reasons.stream()
                .limit(MAIN)
                .map(reason -> "%d since %s".formatted(reason.channels(), reason.reason()))
                .collect(Collectors.joining(", "));
        int more = reasons.stream().skip(MAIN).mapToInt(Reason::channels).sum();
        return "%d of %d channels have to stay%s%s"
                .formatted(
                        kept(),
                        channels,
                        main.isEmpty() ? "" : ": " + main,
                        more == 0 ? "" : ", %d for other reasons".formatted(more));
    }
}
