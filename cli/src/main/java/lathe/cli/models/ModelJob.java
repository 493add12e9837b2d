package lathe.cli.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Console;

/**
 * One model of a command line, and where what becomes of it goes.
 *
 * @param model as typed
 * @param target where the result goes
 */
public record ModelJob(String model, ModelTarget target) {

    public static final String OUTPUT = "output";

    /** The model, looked for now. */
    public ModelSource source(Console console) throws IOException {
        return ModelSource.of(model, console);
    }

    /**
     * The models of a command line.
     *
     * @param nameOf name of the result beside a model's file
     * @throws CommandException if several results would go to one place
     */
    public static List<ModelJob> of(Arguments arguments, Console console, UnaryOperator<Path> nameOf) {
        List<String> models = arguments.operands();
        Optional<String> output = arguments.text(OUTPUT);
        if (models.size() == 1) {
            return List.of(new ModelJob(models.get(0), target(models.get(0), output, console, nameOf)));
        }
        if (models.contains(ModelSource.STANDARD)) {
            throw CommandException.badInput("standard input is one model; compress it in a separate call");
        }
        Optional<Path> folder = output.map(typed -> folder(arguments, typed));
        List<ModelJob> jobs = new ArrayList<>();
        Map<Path, String> taken = new HashMap<>();
        for (String model : models) {
            Path beside = nameOf.apply(ModelFiles.path(model));
            Path file = folder.map(to -> to.resolve(beside.getFileName())).orElse(beside);
            String other = taken.put(file.toAbsolutePath().normalize(), model);
            if (other != null) {
                throw CommandException.badInput(
                        "%s and %s would both be written to %s; compress one of them in a separate call"
                                .formatted(other, model, file));
            }
            jobs.add(new ModelJob(model, new ModelTarget.OfFile(file)));
        }
        return jobs;
    }

    private static ModelTarget target(
            String model, Optional<String> output, Console console, UnaryOperator<Path> nameOf) {
        boolean standard = output.orElse(model).equals(ModelSource.STANDARD);
        if (standard) {
            console.leaveOutputFree();
            return new ModelTarget.StandardOutput(console);
        }
        return new ModelTarget.OfFile(
                output.map(ModelFiles::path).orElseGet(() -> nameOf.apply(ModelFiles.path(model))));
    }

    private static Path folder(Arguments arguments, String typed) {
        Path folder = ModelFiles.path(typed);
        if (!Files.isDirectory(folder)) {
            throw CommandException.badInput(arguments.labelled(
                    "--%s %s: must be an existing folder if there are several models".formatted(OUTPUT, typed)));
        }
        return folder;
    }
}
