package lathe.synth.input;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Value;

/**
 * Recognises what a network keeps from one step to the next: an input with an output of the same type and shape, named as
 * such pairs are: {@code state} and {@code stateN}, {@code h} and {@code hn}, {@code h0} and {@code hn}, {@code in_cache} and
 * {@code out_cache}, {@code past} and {@code present}. A state has a fixed size, but for its batch, and is never all that a
 * network takes.
 */
final class StateInputs {

    private static final List<String> ENDINGS = List.of("N", "n", "_n", "_out", "_o", "_new", "_next");
    private static final List<String> BEGINNINGS = List.of("new_", "next_");
    private static final Map<String, String> TURNS =
            Map.of("in", "out", "past", "present", "prev", "next", "previous", "next", "old", "new", "0", "n");

    private StateInputs() {}

    /** The output that follows each of them, by input. */
    static Map<String, String> of(Graph graph) {
        Map<String, Value> outputs = new LinkedHashMap<>();
        graph.outputs().forEach(output -> outputs.put(output.name(), output));
        Map<String, String> pairs = new LinkedHashMap<>();
        for (Value input : graph.requiredInputs()) {
            names(input.name())
                    .filter(name -> outputs.containsKey(name) && follows(input, outputs.get(name)))
                    .findFirst()
                    .ifPresent(output -> pairs.put(input.name(), output));
        }
        return pairs.size() < graph.requiredInputs().size() ? pairs : Map.of();
    }

    private static Stream<String> names(String input) {
        Stream<String> longer = Stream.concat(
                ENDINGS.stream().map(ending -> input + ending),
                BEGINNINGS.stream().map(beginning -> beginning + input));
        Stream<String> turned = TURNS.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(turn -> turned(input, turn.getKey(), turn.getValue()))
                .filter(name -> !name.equals(input));
        return Stream.concat(longer, turned);
    }

    /** The name with a word of it, or its last digit, replaced. */
    private static String turned(String name, String from, String to) {
        String word = "(?<![A-Za-z0-9])" + from + "(?![A-Za-z0-9])";
        return name.replaceAll(from.equals("0") ? word + "|0$" : word, to);
    }

    private static boolean follows(Value input, Value output) {
        Optional<List<Value.Dim>> before = input.dims();
        Optional<List<Value.Dim>> after = output.dims();
        if (input.type() != output.type() || before.isEmpty() || before.get().isEmpty()) {
            return false;
        }
        boolean sized =
                before.get().stream().skip(2).allMatch(dim -> dim.extent().isPresent());
        boolean ranked = after.isEmpty() || after.get().size() == before.get().size();
        return sized && ranked && after.stream().allMatch(dims -> agree(before.get(), dims));
    }

    private static boolean agree(List<Value.Dim> before, List<Value.Dim> after) {
        for (int axis = 0; axis < before.size(); axis++) {
            boolean known = before.get(axis).extent().isPresent()
                    && after.get(axis).extent().isPresent();
            if (known && !before.get(axis).extent().equals(after.get(axis).extent())) {
                return false;
            }
        }
        return true;
    }
}
