package lathe.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The options that say what goes into a network, shared by the commands that run one. */
final class InputSettings {

    static final CommandOption SHAPE = CommandOption.value(
            "input-shape",
            "[NAME:]DIMS",
            "as declared; dynamic height and width 224",
            "shape of an input with dynamic axes, such as 1,3,224,224 or image:1,3,224,224; may be repeated");

    static final CommandOption THREADS =
            CommandOption.value("threads", "N", "all cores", "worker threads; the result does not depend on it");

    /** What number a pixel becomes. */
    static final List<CommandOption> SCALING = List.of(
            CommandOption.value("input-range", "LO,HI", "guessed", "what black and white are to the network"),
            CommandOption.value(
                    "mean", "A,B,C", "guessed", "mean a channel that was taken off pixels of 0 to 1, with --std"),
            CommandOption.value("std", "A,B,C", "guessed", "deviation a channel that pixels were divided by then"));

    private InputSettings() {}

    /** How pixels of 0 to 255 become numbers: by mean and deviation, or by a range. */
    record Scaling(float[] mean, float[] std, float[] range) {

        ImageInput appliedTo(ImageInput input) {
            if (range.length == 2) {
                return input.ranged(range[0], range[1]);
            }
            if (mean.length != 1 && mean.length != input.channels()) {
                throw CommandException.badInput("--mean has %d numbers, but input '%s' %d channels"
                        .formatted(mean.length, input.name(), input.channels()));
            }
            return input.normalised(mean, std);
        }
    }

    /** What the options say of scaling; empty if they say nothing. */
    static Optional<Scaling> scaling(Arguments arguments) {
        Optional<float[]> range = arguments.numbers("input-range");
        Optional<float[]> mean = arguments.numbers("mean");
        Optional<float[]> std = arguments.numbers("std");
        if (mean.isPresent() != std.isPresent()) {
            throw CommandException.badInput("--mean and --std belong together; give both or neither");
        }
        if (range.isPresent() && mean.isPresent()) {
            throw CommandException.badInput("--input-range and --mean/--std exclude each other; give one of them");
        }
        range.ifPresent(InputSettings::checkRange);
        if (mean.isPresent()) {
            checkNormalisation(mean.get(), std.get());
        }
        return range.isPresent() || mean.isPresent()
                ? Optional.of(
                        new Scaling(mean.orElse(new float[0]), std.orElse(new float[0]), range.orElse(new float[0])))
                : Optional.empty();
    }

    private static void checkRange(float[] range) {
        if (range.length != 2 || !(range[0] < range[1])) {
            throw CommandException.badInput("--input-range: must be two numbers, low,high, such as 0,1");
        }
    }

    private static void checkNormalisation(float[] mean, float[] std) {
        if (mean.length != std.length) {
            throw CommandException.badInput(
                    "--mean has %d numbers, --std %d; both need one a channel".formatted(mean.length, std.length));
        }
        for (float deviation : std) {
            if (!(deviation > 0)) {
                throw CommandException.badInput("--std: must be above 0");
            }
        }
    }

    /** Shapes by input name; the empty name is the only input. */
    static Map<String, List<Long>> shapes(Arguments arguments) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        for (String text : arguments.all("input-shape")) {
            int colon = text.lastIndexOf(':');
            shapes.put(colon < 0 ? "" : text.substring(0, colon), dims(text, text.substring(colon + 1)));
        }
        return shapes;
    }

    private static List<Long> dims(String text, String dims) {
        List<Long> extents = new ArrayList<>();
        for (String part : dims.split("[,x]", -1)) {
            long extent;
            try {
                extent = Long.parseLong(part.strip());
            } catch (NumberFormatException e) {
                extent = 0;
            }
            if (extent < 1) {
                throw CommandException.badInput(
                        "--input-shape %s: must be whole numbers above 0 with commas between, such as 1,3,224,224"
                                .formatted(text));
            }
            extents.add(extent);
        }
        return extents;
    }

    /** Worker threads. */
    static int threads(Arguments arguments) {
        return arguments.count("threads", Runtime.getRuntime().availableProcessors(), 1);
    }
}
