package lathe.engine.onnx;

import java.io.IOException;
import lathe.engine.graph.UnsupportedModelException;

/** Says in Lathe's words what protobuf found wrong with a part of a file. */
final class Damage {

    private Damage() {}

    /**
     * @param where the part that could not be read, such as {@code node 3}
     * @param cause what protobuf said
     */
    static UnsupportedModelException in(String where, IOException cause) {
        return new UnsupportedModelException("%s: %s".formatted(where, reason(cause)), cause);
    }

    private static String reason(IOException cause) {
        String message = String.valueOf(cause.getMessage());
        if (message.contains("levels of nesting")) {
            return "sub-graphs are nested too deeply";
        }
        if (message.contains("ended unexpectedly")) {
            return "not an ONNX model, or one that was cut short";
        }
        return "not an ONNX model, or a damaged one";
    }
}
