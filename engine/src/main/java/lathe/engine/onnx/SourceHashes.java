package lathe.engine.onnx;

import java.nio.ByteBuffer;
import java.util.Optional;
import lathe.engine.graph.Graph;

/**
 * What a model's files are recognised by: SHA-256, lower-case hexadecimal.
 *
 * @param model of the model's own file, byte for byte as it was read
 * @param data of the tensors in the files beside it, with their places there; empty where it has none
 */
public record SourceHashes(String model, Optional<String> data) {

    /**
     * Hashes the files that a graph was read from: the model as it was when it was read, external data as it is now. Of
     * a graph that was made, and not read, the bytes that would be written.
     *
     * @throws IllegalArgumentException if the graph was neither read nor can be written
     */
    public static SourceHashes of(Graph graph) {
        Sha256 sha = new Sha256();
        if (!(graph.origin().orElse(null) instanceof ModelOrigin origin)) {
            sha.write(ByteBuffer.wrap(OnnxWriter.toBytes(graph)));
            return new SourceHashes(sha.hex(), Optional.empty());
        }
        sha.write(origin.file().asReadOnlyByteBuffer());
        String model = sha.hex();
        if (origin.files().isEmpty()) {
            return new SourceHashes(model, Optional.empty());
        }
        origin.files().parts().forEach(part -> part.addTo(sha));
        return new SourceHashes(model, Optional.of(sha.hex()));
    }
}
