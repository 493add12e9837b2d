package lathe.engine.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a result came from; written into the compressed model too.
 *
 * @param version version of Lathe
 * @param sourceSha256 hash of the original model file, lower-case hexadecimal
 * @param options every option of the run by its command-line name, defaults included, in a fixed order
 */
public record RunProvenance(String version, String sourceSha256, Map<String, String> options) {
    public RunProvenance {
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }
}
