package lathe.cli.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import lathe.cli.models.ModelFiles;
import lathe.cli.models.ModelJob;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Console;
import lathe.cli.shell.Figures;
import lathe.engine.archive.Archive;

/** {@code lathe pack}: a model in as few bytes as its entropy allows, without loss. */
final class PackCommand {

    private static final String DRY_RUN = "dry-run";
    private static final String FORCE = "force";
    private static final int LARGEST_PARTS = 20;

    static final Command COMMAND = new Command(
            "pack",
            "packs a model into an archive, without loss",
            List.of("MODEL"),
            List.of(
                    "pack mobilenet.int8.onnx",
                    "pack mobilenet.int4.onnx -o mobilenet.lathe --force",
                    "pack mobilenet.int8.onnx --dry-run"),
            List.of(
                    CommandOption.value(ModelJob.OUTPUT, "FILE", "MODEL.lathe", "where to write the archive")
                            .withLetter('o'),
                    CommandOption.flag(FORCE, "replace the output if it exists").withLetter('f'),
                    CommandOption.flag(DRY_RUN, "print the archive's size and write nothing")),
            PackCommand::run);

    private PackCommand() {}

    /**
     * The answer.
     *
     * @param output null if nothing was written
     * @param largestParts the tensors that take most of the archive
     */
    private record Answer(
            String model,
            String output,
            long bytesBefore,
            long bytesAfter,
            double ratio,
            double seconds,
            List<PartLine> largestParts) {}

    /** One tensor. */
    private record PartLine(
            String name, String type, List<Long> shape, String coding, long bytesBefore, long bytesAfter) {
        static PartLine of(Archive.Part part) {
            return new PartLine(
                    part.name(), part.type().name(), part.dims(), part.coding(), part.bytes(), part.packedBytes());
        }
    }

    private static void run(Arguments arguments, Console console) throws IOException {
        Path model = ModelFiles.existing(arguments.operand(0), "an ONNX model");
        Path output = arguments
                .text(ModelJob.OUTPUT)
                .map(ModelFiles::path)
                .orElseGet(() -> model.resolveSibling(ModelFiles.stem(model) + ModelFiles.ARCHIVE));
        boolean writes = !arguments.has(DRY_RUN);
        if (writes) {
            ModelFiles.checkTarget(output, arguments.has(FORCE));
        }
        if (Archive.isArchive(model)) {
            throw CommandException.badInput("%s: is an archive already".formatted(model));
        }
        long start = System.nanoTime();
        Archive archive = ModelFiles.readingOf(model, () -> Archive.of(model));
        if (writes) {
            archive.write(output);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        double ratio = (double) archive.bytesBefore() / archive.bytes();
        console.answer(new Answer(
                model.toString(),
                writes ? output.toString() : null,
                archive.bytesBefore(),
                archive.bytes(),
                ratio,
                seconds,
                archive.parts().stream()
                        .sorted(Comparator.comparingLong(Archive.Part::packedBytes)
                                .reversed())
                        .limit(LARGEST_PARTS)
                        .map(PartLine::of)
                        .toList()));
        console.say("%s: %s -> %s (%sx smaller), %s"
                .formatted(
                        writes ? output : model,
                        Figures.bytes(archive.bytesBefore()),
                        Figures.bytes(archive.bytes()),
                        Figures.decimal(ratio, 2),
                        writes ? Figures.seconds(seconds) : "nothing written"));
    }
}
