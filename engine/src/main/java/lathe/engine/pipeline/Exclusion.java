package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers.Skipped;

/**
 * The layers that are left once the globs of {@code --exclude} have had their say.
 *
 * @param layers to be compressed
 * @param skipped excluded, with the glob as the reason
 * @param warnings one for each glob that no layer matches
 */
record Exclusion(List<Layer> layers, List<Skipped> skipped, List<String> warnings) {

    static Exclusion of(List<String> globs, List<Layer> layers) {
        List<Layer> kept = new ArrayList<>();
        List<Skipped> skipped = new ArrayList<>();
        Set<String> unmatched = new LinkedHashSet<>(globs);
        for (Layer layer : layers) {
            List<String> matching = globs.stream()
                    .filter(glob -> pattern(glob).matcher(layer.name()).matches())
                    .toList();
            matching.forEach(unmatched::remove);
            if (matching.isEmpty()) {
                kept.add(layer);
            } else {
                String reason = "excluded by '%s'".formatted(matching.get(0));
                skipped.add(new Skipped(layer.name(), layer.node().opType(), reason));
            }
        }
        List<String> warnings = unmatched.stream()
                .map(glob -> "no layer's name matches the excluded '%s'".formatted(glob))
                .toList();
        return new Exclusion(kept, skipped, warnings);
    }

    /** Layer names are paths like {@code /features/0/Conv}; a star crosses the slashes, so {@code *Conv} works. */
    private static Pattern pattern(String glob) {
        String regex = glob.chars()
                .mapToObj(c -> c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c)))
                .collect(Collectors.joining());
        return Pattern.compile(regex, Pattern.DOTALL);
    }
}
