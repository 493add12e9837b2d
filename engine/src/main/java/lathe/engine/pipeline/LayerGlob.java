package lathe.engine.pipeline;

import java.util.regex.Pattern;
import java.util.stream.Collectors;
import lathe.engine.layer.Layer;

/**
 * A pattern over layer names: {@code *} is any run of characters, {@code ?} any one. Layer names are paths like
 * {@code /features/0/Conv}; a star crosses the slashes, so {@code *Conv} works.
 *
 * @param text as it was written
 */
record LayerGlob(String text, Pattern pattern) {

    static LayerGlob of(String text) {
        String regex = text.codePoints()
                .mapToObj(c -> c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c)))
                .collect(Collectors.joining());
        return new LayerGlob(text, Pattern.compile(regex, Pattern.DOTALL));
    }

    boolean matches(Layer layer) {
        return pattern.matcher(layer.name()).matches();
    }
}
