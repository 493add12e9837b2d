package lathe.precondition;

import static lathe.precondition.OldModel.are;
import static lathe.precondition.OldModel.codes;
import static lathe.precondition.OldModel.floats;
import static lathe.precondition.OldModel.is;
import static lathe.precondition.OldModel.longs;
import static lathe.precondition.OldModel.model;
import static lathe.precondition.OldModel.noise;
import static lathe.precondition.OldModel.scalar;

import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Initializer;
import lathe.engine.tensor.ElementType;

/** Every form of an operator that a raise rewrites, and some that it leaves though their description changed. */
final class OldModels {

    private OldModels() {}

    static Stream<OldModel> all() {
        return Stream.of(
                        movers(),
                        resizes(),
                        clips(),
                        pads(),
                        softmaxes(),
                        reductions(),
                        splits(),
                        transforms(),
                        norms(),
                        integers(),
                        pools(),
                        others())
                .flatMap(models -> models);
    }

    private static Stream<OldModel> movers() {
        return Stream.of(
                model(9, "Slice", List.of(), are("starts", 1L, 2L), are("ends", 3L, 99L), are("axes", 2L, 3L))
                        .named("Slice of two axes"),
                model(9, "Slice", List.of(), are("starts", 0L, 1L), are("ends", 1L, -1L))
                        .named("Slice of the first axes"),
                model(9, "TopK", List.of(), is("k", 3), is("axis", 1))
                        .aside("where")
                        .named("TopK"),
                model(9, "Scatter", List.of("where", "what"), is("axis", 1))
                        .with(Initializer.ofLongs("where", new long[] {3, 0}, 2, 1, 1, 1), noise("what", 2, 1, 1, 1))
                        .named("Scatter"),
                model(9, "Squeeze", List.of(), are("axes", 0L, 2L))
                        .input(1L, 3L, 1L, 4L)
                        .named("Squeeze"),
                model(9, "Squeeze", List.of()).input(1L, 3L, 1L, 4L).named("Squeeze of all that can be"),
                model(9, "Unsqueeze", List.of(), are("axes", 0L, 3L))
                        .input(3L, 4L)
                        .named("Unsqueeze"));
    }

    private static Stream<OldModel> resizes() {
        return Stream.of(
                model(9, "Upsample", List.of("s"), is("mode", "nearest"))
                        .with(floats("s", 1, 1, 2.5f, 2))
                        .named("Upsample to the nearest"),
                model(9, "Upsample", List.of("s"), is("mode", "linear"))
                        .with(floats("s", 1, 1, 1.5f, 3))
                        .named("Upsample between"),
                model(10, "Resize", List.of("s"))
                        .with(floats("s", 1, 1, 2, 2.6f))
                        .named("Resize that grows"),
                model(10, "Resize", List.of("s"))
                        .with(floats("s", 1, 1, 0.6f, 0.7f))
                        .named("Resize that shrinks"),
                model(10, "Resize", List.of("s"), is("mode", "linear"))
                        .with(floats("s", 1, 1, 1.3f, 0.7f))
                        .named("Resize between"),
                goneMode("floor", 2.3f, 0.6f),
                goneMode("floor", 3, 0.5f),
                goneMode("ceil", 2.3f, 0.6f),
                model(11, "Resize", List.of("none", "none", "sizes"))
                        .with(floats("none"), longs("sizes", 2, 4, 9, 5))
                        .named("Resize to a size, with empty scales"),
                model(13, "Resize", List.of("", "s"), is("mode", "cubic"), is("exclude_outside", 1))
                        .with(floats("s", 1, 1, 1.7f, 0.6f))
                        .named("cubic Resize"));
    }

    private static OldModel goneMode(String nearest, float height, float width) {
        return model(
                        11,
                        "Resize",
                        List.of("none", "s"),
                        is("coordinate_transformation_mode", "tf_half_pixel_for_nn"),
                        is("nearest_mode", nearest))
                .with(floats("none"), floats("s", 1, 1, height, width))
                .named("Resize with the mode that is gone and %s, by %s and %s".formatted(nearest, height, width));
    }

    private static Stream<OldModel> clips() {
        return Stream.of(
                model(9, "Clip", List.of(), is("min", -0.5f), is("max", 1.5f)).named("Clip"),
                model(9, "Clip", List.of(), is("max", 1.5f)).named("Clip from above"),
                model(9, "Clip", List.of()).named("Clip without bounds"),
                model(9, "Dropout", List.of(), is("ratio", 0.4f)).named("Dropout"),
                model(10, "Dropout", List.of(), is("ratio", 0.4f)).aside("mask").named("Dropout with a mask"));
    }

    private static Stream<OldModel> pads() {
        return Stream.of(
                model(9, "Pad", List.of(), are("pads", 0L, 0L, 1L, 2L, 0L, 0L, 3L, -1L))
                        .named("Pad with zeros"),
                model(9, "Pad", List.of(), are("pads", 0L, 0L, 1L, 2L, 0L, 0L, 3L, 0L), is("value", 1.5f))
                        .named("Pad with a constant"),
                model(9, "Pad", List.of(), are("pads", 0L, 0L, 1L, 2L, 0L, 0L, 3L, 0L), is("mode", "reflect"))
                        .named("Pad with the reflection"),
                model(11, "Pad", List.of("pads"), is("mode", "edge"))
                        .with(longs("pads", 0, 0, 1, 2, 0, 0, 3, 0))
                        .named("Pad with its input"));
    }

    private static Stream<OldModel> softmaxes() {
        return Stream.of("Softmax", "LogSoftmax", "Hardmax")
                .flatMap(operator -> Stream.concat(
                        Stream.of(model(9, operator, List.of()).named(operator)),
                        LongStream.of(0, 2, 3, -1, -2)
                                .mapToObj(axis -> model(axis < 0 ? 11 : 9, operator, List.of(), is("axis", axis))
                                        .named(operator + " from axis " + axis))));
    }

    /** Of magnitudes, so that every logarithm has a value. */
    private static Stream<OldModel> reductions() {
        return Stream.of("L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare")
                .map(suffix -> "Reduce" + suffix)
                .flatMap(operator -> Stream.of(
                        reduction(11, operator, are("axes", 1L, -1L)).named(operator),
                        reduction(9, operator, are("axes", 2L), is("keepdims", 0))
                                .named(operator + " without the axis"),
                        reduction(9, operator).named(operator + " of everything")));
    }

    @SafeVarargs
    private static OldModel.Builder reduction(long opset, String operator, Map.Entry<String, Attribute>... attributes) {
        return model(opset, "Abs", List.of()).then(operator, List.of("y"), List.of("z"), attributes);
    }

    private static Stream<OldModel> splits() {
        return Stream.of(
                model(9, "Split", List.of(), are("split", 1L, 3L), is("axis", 1))
                        .gives("y", "z")
                        .named("Split in unequal parts"),
                model(9, "Split", List.of(), is("axis", 2)).gives("y", "z", "w").named("Split in equal parts"),
                model(13, "Split", List.of(), is("axis", 3)).gives("y", "z").named("Split in equal parts"),
                model(13, "Split", List.of("parts"), is("axis", 3))
                        .gives("y", "z")
                        .with(longs("parts", 3, 5))
                        .named("Split in unequal parts"));
    }

    private static Stream<OldModel> transforms() {
        Initializer boxes = Initializer.ofFloats("boxes", new float[] {0, 0, 3.3f, 4.2f, 1.2f, 0.7f, 5, 5}, 2, 4);
        Stream<OldModel> aligned = Stream.of("avg", "max")
                .map(mode -> model(10, "RoiAlign", List.of("boxes", "which"), is("mode", mode), is("output_width", 3))
                        .with(boxes, longs("which", 0, 1))
                        .named("RoiAlign " + mode));
        Stream<OldModel> sampled = Stream.of("bilinear", "bicubic", "nearest")
                .map(mode -> model(16, "GridSample", List.of("grid"), is("mode", mode), is("align_corners", 1))
                        .with(noise("grid", 2, 3, 5, 2))
                        .named("GridSample " + mode));
        Stream<OldModel> others = Stream.of(
                model(16, "GridSample", List.of("grid"))
                        .with(noise("grid", 2, 3, 5, 2))
                        .named("GridSample"),
                model(17, "DFT", List.of()).input(2L, 6L, 5L, 1L).named("DFT"),
                model(17, "DFT", List.of("n"), is("axis", 2), is("onesided", 1))
                        .input(2L, 6L, 5L, 1L)
                        .with(Initializer.ofLongs("n", new long[] {4}))
                        .named("DFT of a given length"),
                model(17, "DFT", List.of(), is("inverse", 1)).input(2L, 6L, 2L).named("inverse DFT"));
        return Stream.of(aligned, sampled, others).flatMap(models -> models);
    }

    private static Stream<OldModel> norms() {
        return Stream.of(
                model(9, "BatchNormalization", List.of("a", "b", "c", "d"), is("epsilon", 0.01f))
                        .with(noise("a", 4), noise("b", 4), noise("c", 4), floats("d", 1, 2, 0.5f, 3))
                        .named("BatchNormalization"),
                model(18, "GroupNormalization", List.of("a", "b"), is("num_groups", 2), is("epsilon", 0.1f))
                        .with(floats("a", 2, -1), floats("b", 0.5f, 3))
                        .named("GroupNormalization"),
                model(9, "InstanceNormalization", List.of("a", "b"))
                        .with(noise("a", 4), noise("b", 4))
                        .named("InstanceNormalization"),
                model(17, "LayerNormalization", List.of("a"), is("axis", -1))
                        .with(noise("a", 8))
                        .named("LayerNormalization"));
    }

    /** Existing integer models keep their meaning, whether a scale for the whole tensor has an axis or none. */
    private static Stream<OldModel> integers() {
        Initializer zero = codes("z", ElementType.UINT8, List.of(), 120);
        Initializer zeroOfOne = codes("z", ElementType.UINT8, List.of(1L), 120);
        Initializer weights = codes("w", ElementType.INT8, List.of(2L, 4L, 1L, 1L), 5, -7, 100, -128, 3, 0, 77, -1);
        return Stream.of(
                model(10, "QuantizeLinear", List.of("s", "z"))
                        .then("DequantizeLinear", List.of("y", "s", "z"), List.of("v"))
                        .with(scalar("s", 0.02f), zero)
                        .named("QuantizeLinear and back"),
                model(10, "QuantizeLinear", List.of("s", "z"))
                        .then("DequantizeLinear", List.of("y", "s", "z"), List.of("v"))
                        .with(floats("s", 0.02f), zeroOfOne)
                        .named("QuantizeLinear and back with a list of one scale"),
                model(10, "QuantizeLinear", List.of("s", "z"))
                        .then("QLinearConv", List.of("y", "s", "z", "w", "t", "u", "t", "z"), List.of("q"))
                        .then("DequantizeLinear", List.of("q", "t", "z"), List.of("v"))
                        .with(scalar("s", 0.02f), zero, weights, scalar("t", 0.05f))
                        .with(codes("u", ElementType.INT8, List.of(), 3))
                        .named("QLinearConv"),
                model(13, "QuantizeLinear", List.of("s", "z"), is("axis", 2))
                        .then("DequantizeLinear", List.of("y", "s", "z"), List.of("v"), is("axis", 2))
                        .with(floats("s", 0.01f, 0.02f, 0.03f, 0.04f, 0.05f, 0.06f))
                        .with(codes("z", ElementType.INT8, List.of(6L), 0, 1, -2, 3, -4, 5))
                        .named("QuantizeLinear and back by axis"));
    }

    private static Stream<OldModel> pools() {
        return Stream.of(
                model(
                                10,
                                "AveragePool",
                                List.of(),
                                are("kernel_shape", 3L, 2L),
                                are("pads", 1L, 0L, 1L, 1L),
                                are("strides", 2L, 2L),
                                is("ceil_mode", 1),
                                is("count_include_pad", 1))
                        .named("AveragePool that counts its padding"),
                model(
                                9,
                                "AveragePool",
                                List.of(),
                                are("kernel_shape", 3L, 3L),
                                are("strides", 2L, 2L),
                                is("auto_pad", "SAME_LOWER"))
                        .named("AveragePool of the same size"),
                model(10, "MaxPool", List.of(), are("kernel_shape", 2L, 3L), are("strides", 3L, 2L), is("ceil_mode", 1))
                        .named("MaxPool with a part of a window"),
                model(9, "LpPool", List.of(), are("kernel_shape", 3L, 3L), is("p", 3), are("pads", 1L, 1L, 0L, 1L))
                        .named("LpPool"));
    }

    private static Stream<OldModel> others() {
        return Stream.of(
                model(9, "ConvTranspose", List.of("w"), is("auto_pad", "SAME_UPPER"), are("strides", 2L, 2L))
                        .with(noise("w", 4, 3, 3, 3))
                        .named("ConvTranspose of the same size"),
                model(9, "LSTM", List.of("w", "r"), is("hidden_size", 3))
                        .input(5L, 2L, 4L)
                        .with(noise("w", 1, 12, 4), noise("r", 1, 12, 3))
                        .named("LSTM"),
                model(14, "HardSwish", List.of()).named("HardSwish"),
                model(18, "Mish", List.of()).named("Mish"));
    }
}
