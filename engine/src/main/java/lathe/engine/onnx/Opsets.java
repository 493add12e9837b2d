package lathe.engine.onnx;

import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.tensor.ElementType;

/** The versions of the standard operator set that Lathe knows, and the file format that each came with. */
final class Opsets {

    /** The first version. Rewrites begin later: what operators before 9 mean, Lathe does not know. */
    static final long OLDEST = 1;

    static final long NEWEST = 25;

    /** IR version of the ONNX release that brought each operator set, from {@link #OLDEST} on. */
    private static final int[] IR_VERSIONS = {
        3, 3, 3, 3, 3, 3, 3, 3, 4, 5, 6, 7, 7, 7, 8, 8, 8, 8, 9, 9, 10, 10, 11, 12, 13
    };

    private Opsets() {}

    /** True for both spellings of the standard domain. */
    static boolean isStandard(String domain) {
        return domain.isEmpty() || domain.equals("ai.onnx");
    }

    /** The version of the standard operator set, if the model imports it. */
    static Optional<Long> standard(Map<String, Long> opsets) {
        return Optional.ofNullable(opsets.getOrDefault("", opsets.get("ai.onnx")));
    }

    /** @throws UnsupportedModelException outside {@link #OLDEST} to {@link #NEWEST} */
    static void check(long version) {
        if (version < OLDEST || version > NEWEST) {
            throw new UnsupportedModelException(
                    "opset %d of the standard operators; supported are %d to %d".formatted(version, OLDEST, NEWEST));
        }
    }

    /** The lowest IR version that goes with a version of the standard operator set. */
    static long irVersion(long opset) {
        int index = (int) Math.max(0, Math.min(opset - OLDEST, IR_VERSIONS.length - 1));
        return IR_VERSIONS[index];
    }

    /** The lowest IR version with an element type, as the history in {@code onnx.proto} has it; 0 for the old ones. */
    static long irVersion(ElementType type) {
        return switch (type) {
            case FLOAT8E4M3FN, FLOAT8E4M3FNUZ, FLOAT8E5M2, FLOAT8E5M2FNUZ -> 9;
            case INT4, UINT4 -> 10;
            case FLOAT4E2M1 -> 11;
            case FLOAT8E8M0 -> 12;
            case INT2, UINT2 -> 13;
            default -> 0;
        };
    }
}
