package lathe.cli.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import lathe.cli.models.ModelFiles;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.CommandOption.ListForm;
import lathe.cli.shell.Json;
import lathe.engine.onnx.WholeFile;

/**
 * A file that a report is written to.
 *
 * @param path where
 * @param form what is written, as the end of the name says
 */
public record ReportFile(Path path, Form form) {

    /** The option that names such a file. */
    public static final CommandOption OPTION = CommandOption.value(
                    "report",
                    "FILE",
                    "none",
                    "also write a report as .html or .json, including a comparison of the outputs as 'verify' makes it;"
                            + " may be repeated")
            .withList(ListForm.VALUES);

    /** What a report can be. */
    enum Form {
        HTML(".html"),
        JSON(".json");

        private final String end;

        Form(String end) {
            this.end = end;
        }

        private static Form of(Path path) {
            String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
            for (Form form : values()) {
                if (name.endsWith(form.end)) {
                    return form;
                }
            }
            throw CommandException.badInput("%s: the name of a report must end in .html or .json".formatted(path));
        }
    }

    /**
     * The files that the options name, checked before the run that they are to report.
     *
     * @param taken files of the run, which a report must not replace
     * @throws CommandException if a report cannot be written there, or is there already without {@code --force}
     */
    public static List<ReportFile> of(Arguments arguments, Path... taken) {
        Set<Path> known = new HashSet<>();
        for (Path file : taken) {
            known.add(file.toAbsolutePath().normalize());
        }
        List<ReportFile> files = new ArrayList<>();
        for (String typed : arguments.all(OPTION.name())) {
            ReportFile file = new ReportFile(ModelFiles.path(typed), Form.of(ModelFiles.path(typed)));
            if (!known.add(file.path().toAbsolutePath().normalize())) {
                throw CommandException.badInput(
                        "%s: named twice; choose another name with --report".formatted(file.path()));
            }
            ModelFiles.checkTarget(file.path(), arguments.has("force"), "--report");
            files.add(file);
        }
        return files;
    }

    /** Writes the file whole, or leaves what is there. */
    public void write(RunReport report) throws IOException {
        write(report, () -> ReportPage.of(report));
    }

    /** Writes the file whole, or leaves what is there. */
    public void write(TradeOff curve) throws IOException {
        write(curve, () -> ReportPage.of(curve));
    }

    private void write(Object data, Supplier<String> page) throws IOException {
        String text = form == Form.HTML ? page.get() : Json.of(data) + "\n";
        WholeFile.write(path, text.getBytes(StandardCharsets.UTF_8));
    }
}
