package lathe.cli.models;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.onnx.ContentSeal;
import lathe.engine.onnx.SourceHashes;
import lathe.engine.pipeline.CompressionPipeline;

/**
 * What a compressed model says of itself in its metadata: who made it, from which file, and a hash over all the rest.
 *
 * @param version of the Lathe that wrote it; empty if none did
 * @param source hash of the original
 * @param sourceData hash of the original's external data; empty if it has none
 * @param content whether the model is as it was written
 */
public record Manifest(
        Optional<String> version, Optional<String> source, Optional<String> sourceData, ContentSeal.State content) {

    private static final String SOURCE_DATA = "lathe.source.data.sha256";

    /** What a comparison with an original comes to, in words; null where nothing is known. */
    public record Check(String version, String originalSha256, String original, String content) {}

    /** A compressed network that will say, wherever it is written, what it was made from and whether it was changed. */
    public static Graph into(Graph compressed, SourceHashes original) {
        GraphEdit edit = compressed.edit();
        original.data().ifPresent(hash -> edit.metadata(SOURCE_DATA, hash));
        return ContentSeal.asked(edit.build());
    }

    /** The manifest of a model, as it was read. */
    public static Manifest of(Graph model) {
        Map<String, String> metadata = model.metadata();
        return new Manifest(
                Optional.ofNullable(metadata.get(CompressionPipeline.VERSION)),
                Optional.ofNullable(metadata.get(CompressionPipeline.SOURCE)),
                Optional.ofNullable(metadata.get(SOURCE_DATA)),
                ContentSeal.of(model));
    }

    private boolean isAbsent() {
        return version.isEmpty() && source.isEmpty() && content == ContentSeal.State.ABSENT;
    }

    private boolean isOf(SourceHashes original) {
        return source.equals(Optional.of(original.model())) && sourceData.equals(original.data());
    }

    /** The same for JSON. */
    public Check check(SourceHashes original) {
        return new Check(
                version.orElse(null),
                source.orElse(null),
                isAbsent() ? "unknown" : isOf(original) ? "same" : "other",
                isAbsent() ? "unknown" : content == ContentSeal.State.INTACT ? "intact" : "changed");
    }

    /** What does not fit together, and what to do, one clause each; nothing where there is no manifest. */
    public List<String> problems(Path compressed, Path originalFile, SourceHashes original) {
        List<String> problems = new ArrayList<>();
        if (isAbsent()) {
            return problems;
        }
        if (content != ContentSeal.State.INTACT) {
            problems.add(
                    "%s was edited or damaged after Lathe wrote it; compress the original again".formatted(compressed));
        }
        if (!isOf(original)) {
            problems.add(
                    "%s is not the file that %s was made from (SHA-256 %s..., not %s...); give that file, or compress this one"
                            .formatted(
                                    originalFile,
                                    compressed,
                                    original.model().substring(0, 12),
                                    source.map(hash -> hash.substring(0, Math.min(12, hash.length())))
                                            .orElse("none")));
        }
        return problems;
    }

    /** What a reader should know where all is well. */
    public String note(Path compressed) {
        return isAbsent()
                ? "%s has no Lathe manifest, so its origin is not checked".formatted(compressed)
                : "written by Lathe %s from this original, and unchanged since".formatted(version.orElse("?"));
    }
}
