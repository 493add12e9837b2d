package lathe.cli.device;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What the time of a node is proportional to; names are those of a profile. */
public enum Feature {
    /** The node itself. */
    NODE,
    /** Multiplications. */
    MAC,
    /** Elements of inputs. */
    READ,
    /** Elements of outputs. */
    WRITTEN,
    /** Elements of weights. */
    WEIGHT,
    /** Elements of patches. */
    GATHERED;

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Feature> named(String text) {
        return Arrays.stream(values())
                .filter(feature -> feature.text().equals(text))
                .findFirst();
    }
}
