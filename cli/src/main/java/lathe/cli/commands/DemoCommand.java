package lathe.cli.commands;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import lathe.cli.models.ImageInput;
import lathe.cli.models.LabelledImages;
import lathe.cli.models.ModelFiles;
import lathe.cli.options.ConfigFile;
import lathe.cli.options.InputSettings;
import lathe.cli.report.ReportText;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Console;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Table;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.CompressionResult;
import lathe.synth.input.Scaling;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.testdata.TestData;

/** {@code lathe demo}: compresses a small real network that comes with Lathe, and tests the result on real images. */
final class DemoCommand {

    private static final String MODEL = "fashion-mobilenet.onnx";
    private static final String IMAGES = "fashion-test-2000.png";
    private static final String LABELS = "fashion-test-2000.labels.txt";
    private static final int SIDE = 28;
    private static final float[] MEAN = {0.286f};
    private static final float[] DEVIATION = {0.353f};

    static final Command COMMAND = new Command(
            "demo",
            "compresses a small bundled network, and measures size and accuracy",
            List.of(),
            List.of("demo", "demo --output small.onnx"),
            List.of(
                    CommandOption.value("output", "FILE", "not kept", "where to keep the smaller model")
                            .withLetter('o'),
                    CommandOption.flag("force", "replace the output if it exists")
                            .withLetter('f'),
                    InputSettings.THREADS),
            DemoCommand::run);

    private DemoCommand() {}

    /** The answer. */
    private record Answer(
            long bytesBefore,
            long bytesAfter,
            double seconds,
            double top1Fp32,
            double top1Int8,
            double agreement,
            double signalToNoiseDb,
            int images) {}

    private static void run(Arguments arguments, Console console) throws IOException {
        Optional<Path> output = arguments.text("output").map(ModelFiles::path);
        output.ifPresent(file -> ModelFiles.checkTarget(file, arguments.has("force")));
        int threads = InputSettings.threads(arguments);
        byte[] original = TestData.bytes(MODEL);
        Graph graph = OnnxReader.read(original);

        console.say("A MobileNet trained on Fashion-MNIST, %s, quantized to 8 bits without data."
                .formatted(Figures.bytes(original.length)));
        console.say("");
        long start = System.nanoTime();
        CompressionResult result = compression(threads).run(graph, console.progress());
        byte[] small = OnnxWriter.toBytes(result.graph());
        double seconds = (System.nanoTime() - start) / 1e9;
        console.show(ReportText.layers(result.report(), "  "));
        console.say("");

        Evaluation.Result scores = evaluate(original, small, threads, console);
        Evaluation.Accuracy before = scores.reference().orElseThrow();
        Evaluation.Accuracy after = scores.model();
        Answer answer = new Answer(
                original.length,
                small.length,
                seconds,
                before.share(),
                after.share(),
                scores.agreement().getAsDouble(),
                scores.signalToNoise().getAsDouble(),
                after.total());
        console.answer(answer);
        print(console, answer);
        if (output.isPresent()) {
            OnnxWriter.write(result.graph(), output.get());
            console.say("");
            console.say("The smaller model is in %s.".formatted(output.get()));
        }
        console.say("");
        console.say("Next: lathe compress MODEL.onnx");
    }

    /** As {@code lathe compress} does it. */
    private static Compression compression(int threads) {
        Arguments asked = Arguments.parse(
                CompressCommand.COMMAND,
                List.of(
                        "--mean",
                        String.valueOf(MEAN[0]),
                        "--std",
                        String.valueOf(DEVIATION[0]),
                        "--threads",
                        String.valueOf(threads)));
        return CompressOptions.compression(
                CompressCommand.COMMAND, asked, ConfigFile.NONE, CompressOptions.inputs(asked), false);
    }

    private static Evaluation.Result evaluate(byte[] original, byte[] small, int threads, Console console)
            throws IOException {
        String labels = new String(TestData.bytes(LABELS), StandardCharsets.UTF_8);
        LabelledImages images = LabelledImages.ofSheet(TestData.bytes(IMAGES), labels, SIDE, SIDE);
        NetworkOptions options = NetworkOptions.DEFAULT.withThreads(threads);
        try (Network after = Network.of(small, options);
                Network before = Network.of(original, options)) {
            ImageInput input = ImageInput.of(
                    before.inputs().get(0), Optional.empty(), Optional.empty(), Scaling.meanStd(MEAN, DEVIATION));
            return new Evaluation(input, images, Integer.MAX_VALUE, 1, 0)
                    .run(after, Optional.of(before), console.progress());
        }
    }

    private static void print(Console console, Answer answer) {
        Table table = new Table("", ">FP32", ">int8", "");
        table.row(
                "size",
                Figures.bytes(answer.bytesBefore()),
                Figures.bytes(answer.bytesAfter()),
                Figures.decimal((double) answer.bytesAfter() / answer.bytesBefore(), 2) + "x");
        table.row(
                "accuracy",
                Figures.percent(answer.top1Fp32(), 2),
                Figures.percent(answer.top1Int8(), 2),
                "on %s real test images".formatted(Figures.count(answer.images())));
        table.row("same top-1", "", Figures.percent(answer.agreement(), 2), "of the images");
        table.row("SNR", "", Figures.decimal(answer.signalToNoiseDb(), 1) + " dB", "of the outputs");
        table.row("time", "", Figures.seconds(answer.seconds()), "to compress");
        console.show(table.render("  "));
    }
}
