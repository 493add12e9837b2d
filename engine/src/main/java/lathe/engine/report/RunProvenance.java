package lathe.engine.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a result came from; written into the compressed model, too.
 *
 * @param version version of Lathe
 * @param sourceSha256 hash of the original model file, lower-case hexadecimal
 * @param options every option that changes the result by its command-line name, defaults included, in a fixed order
 * @param recipe the same as a text from which the result can be made again; the only one of the two in the model; empty
 *     if there is none
 */
public record RunProvenance(String version, String sourceSha256, Map<String, String> options, String recipe) {

    /** Where a model notes the recipe. */
    public static final String RECIPE = "lathe.recipe";

    public RunProvenance {
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }
}
