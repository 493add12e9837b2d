package lathe.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import lathe.cli.RunReport.RunFiles;
import lathe.engine.graph.Graph;
import lathe.engine.pipeline.ProgressListener;
import lathe.synth.image.Pictures;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.input.SynthKind;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;

/**
 * What takes a little time to find, or room to show, so that only a report that was asked for has it.
 *
 * @param arguments of the run
 * @param compression the run
 * @param graph the original network
 */
record ReportDetails(Arguments arguments, Compression compression, Graph graph) {

    /** How many synthetic pictures a report shows. */
    private static final int PICTURES = 6;

    /** Compares the written model with the original on the inputs that {@code lathe verify} would make. */
    RunReport addedTo(RunReport report, RunFiles files, ProgressListener progress) throws IOException {
        InputPlan plan = InputSettings.plan(arguments, graph, freshInputs());
        try (Network wanted = ModelFiles.open(ModelFiles.path(files.model()), NetworkOptions.DEFAULT);
                Network got = ModelFiles.open(ModelFiles.path(files.output()), NetworkOptions.DEFAULT)) {
            int threads = compression.options().threads();
            OutputComparison comparison = new OutputComparison(wanted, List.of(plan), threads, progress);
            Fidelity fidelity = Fidelity.of(plan, VerifyCommand.SEED, comparison.with(got));
            return report.with(fidelity, pictures());
        }
    }

    private InputOptions freshInputs() {
        return compression
                .inputs()
                .withSeed(VerifyCommand.SEED)
                .withImages(OutputComparison.IMAGES)
                .withKind(SynthKind.IMAGES)
                .forChecks();
    }

    private List<SamplePicture> pictures() throws IOException {
        InputOptions inputs = compression.inputs();
        Optional<Pictures> images = inputs.kind() == SynthKind.GAUSSIAN
                ? Optional.empty()
                : InputPlan.of(graph, inputs).pictures();
        return images.isEmpty() ? List.of() : SamplePicture.first(Math.min(inputs.images(), PICTURES), images.get());
    }
}
