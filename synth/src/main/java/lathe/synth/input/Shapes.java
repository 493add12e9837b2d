package lathe.synth.input;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import lathe.engine.graph.Value;
import lathe.synth.input.InputException.Setting;

/** Shapes as the file states them, as options give them, and the two put together. */
final class Shapes {

    /** An unknown extent. */
    static final long OPEN = -1;

    private Shapes() {}

    /**
     * Reads one given shape: numbers separated by commas, {@code ?} for one left open, after the input's name
     * and a colon or alone.
     *
     * @return the name, empty if none was given, and the extents
     */
    static Map.Entry<String, long[]> parse(String text) {
        int colon = text.lastIndexOf(':');
        String numbers = text.substring(colon + 1);
        long[] dims = Arrays.stream(numbers.split(",", -1))
                .mapToLong(number -> extent(number.strip(), text))
                .toArray();
        return Map.entry(colon < 0 ? "" : text.substring(0, colon), dims);
    }

    private static long extent(String number, String text) {
        if (number.equals("?")) {
            return OPEN;
        }
        try {
            long extent = Long.parseLong(number);
            if (extent >= 1) {
                return extent;
            }
        } catch (NumberFormatException e) {
            // said below, together with numbers below 1
        }
        throw new InputException(
                Setting.SHAPE,
                text,
                "'%s' is no extent; give whole numbers from 1, such as 1,3,224,224 or name:1,3,224,224"
                        .formatted(number));
    }

    /**
     * The shapes of the options, by input name.
     *
     * @throws InputException if one names no input, or names none while there are several
     */
    static Map<String, long[]> assign(Map<String, long[]> given, List<Value> inputs) {
        for (Map.Entry<String, long[]> shape : given.entrySet()) {
            String name = shape.getKey();
            String dims = commas(shape.getValue());
            if (name.isEmpty() && inputs.size() != 1) {
                throw new InputException(
                        Setting.SHAPE,
                        dims,
                        "the model has %d inputs (%s); say which: NAME:%s"
                                .formatted(inputs.size(), names(inputs), dims));
            }
            if (!name.isEmpty()
                    && inputs.stream().noneMatch(input -> input.name().equals(name))) {
                throw new InputException(
                        Setting.SHAPE,
                        name + ":" + dims,
                        "no input of that name; the model's inputs: " + names(inputs));
            }
        }
        return given.entrySet().stream()
                .collect(Collectors.toMap(
                        shape -> shape.getKey().isEmpty() ? inputs.get(0).name() : shape.getKey(),
                        Map.Entry::getValue));
    }

    /**
     * What is known of a shape: the file's extents, the given ones where the file leaves them open.
     *
     * @throws InputException if the two disagree, or neither says anything
     */
    static long[] merge(Value input, Optional<long[]> given) {
        if (input.dims().isEmpty()) {
            return given.map(long[]::clone)
                    .orElseThrow(() -> new InputException(
                            Setting.SHAPE,
                            "the file gives input '%s' none; give %s:1,3,224,224, with its own numbers"
                                    .formatted(input.name(), input.name())));
        }
        List<Value.Dim> stated = input.dims().get();
        long[] dims = stated.stream().mapToLong(dim -> known(dim.extent())).toArray();
        if (given.isEmpty()) {
            return dims;
        }
        long[] wanted = given.get();
        if (wanted.length != dims.length) {
            throw new InputException(
                    Setting.SHAPE,
                    commas(wanted),
                    "%d numbers, but input '%s' has %d axes (%s)"
                            .formatted(wanted.length, input.name(), dims.length, commas(dims)));
        }
        for (int axis = 0; axis < dims.length; axis++) {
            if (dims[axis] != OPEN && wanted[axis] != OPEN && dims[axis] != wanted[axis]) {
                throw new InputException(
                        Setting.SHAPE,
                        commas(wanted),
                        "axis %d of input '%s' is fixed to %d in the file, not %d; the file says %s"
                                .formatted(axis, input.name(), dims[axis], wanted[axis], commas(dims)));
            }
            // The batch is the caller's choice wherever the file leaves it open.
            dims[axis] = axis == 0 || dims[axis] != OPEN ? dims[axis] : wanted[axis];
        }
        return dims;
    }

    /** Extents below 1 occur in files as another way to say that an axis is dynamic. */
    private static long known(OptionalLong extent) {
        return extent.isPresent() && extent.getAsLong() >= 1 ? extent.getAsLong() : OPEN;
    }

    static long elements(long... dims) {
        long product = 1;
        for (long dim : dims) {
            product = Math.multiplyExact(product, dim);
        }
        return product;
    }

    /** Such as {@code 3x224x224}. */
    static String text(long... dims) {
        return dims.length == 0 ? "scalar" : join(dims, "x");
    }

    private static String commas(long... dims) {
        return join(dims, ",");
    }

    private static String join(long[] dims, String separator) {
        return Arrays.stream(dims)
                .mapToObj(dim -> dim == OPEN ? "?" : Long.toString(dim))
                .collect(Collectors.joining(separator));
    }

    private static String names(List<Value> inputs) {
        return inputs.stream().map(input -> "'" + input.name() + "'").collect(Collectors.joining(", "));
    }
}
