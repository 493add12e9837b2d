package lathe.cli.commands;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lathe.cli.models.ModelFiles;
import lathe.cli.models.ModelJob;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Console;
import lathe.cli.shell.Figures;
import lathe.engine.archive.Archive;

/** {@code lathe unpack}: the model that an archive was made of, with the same bytes. */
final class UnpackCommand {

    private static final String FORCE = "force";

    static final Command COMMAND = new Command(
            "unpack",
            "gives back the model in an archive, with the same bytes",
            List.of("ARCHIVE"),
            List.of("unpack mobilenet.lathe", "unpack mobilenet.lathe -o model.onnx --force"),
            List.of(
                    CommandOption.value(
                                    ModelJob.OUTPUT,
                                    "FILE",
                                    "ARCHIVE.onnx",
                                    "where to write the model; external data goes beside it, under its own name")
                            .withLetter('o'),
                    CommandOption.flag(FORCE, "replace files that exist").withLetter('f')),
            UnpackCommand::run);

    private UnpackCommand() {}

    /** The answer. */
    private record Answer(String archive, List<String> files, long bytesBefore, long bytesAfter, double seconds) {}

    private static void run(Arguments arguments, Console console) throws IOException {
        Path archive = ModelFiles.existing(arguments.operand(0), "an archive of 'lathe pack'");
        Path output = arguments
                .text(ModelJob.OUTPUT)
                .map(ModelFiles::path)
                .orElseGet(() -> archive.resolveSibling(ModelFiles.stem(archive) + ModelFiles.ONNX));
        long start = System.nanoTime();
        ModelFiles.checkTarget(output, arguments.has(FORCE));
        List<Path> files = ModelFiles.readingOf(archive, () -> Archive.files(archive, output));
        files.stream().filter(Files::exists).forEach(file -> ModelFiles.checkTarget(file, arguments.has(FORCE)));
        ModelFiles.readingOf(archive, () -> {
            Archive.unpack(archive, output);
            return output;
        });
        double seconds = (System.nanoTime() - start) / 1e9;
        long before = Files.size(archive);
        long after = 0;
        for (Path file : files) {
            after += Files.size(file);
        }
        console.answer(new Answer(
                archive.toString(), files.stream().map(Path::toString).toList(), before, after, seconds));
        console.say("%s: %s -> %s, %s"
                .formatted(output, Figures.bytes(before), Figures.bytes(after), Figures.seconds(seconds)));
    }
}
