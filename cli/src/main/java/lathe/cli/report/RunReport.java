package lathe.cli.report;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import lathe.cli.shell.Figures;
import lathe.engine.allocate.LayerTable.Upgrade;
import lathe.engine.report.ActivationReport;
import lathe.engine.report.CompressionReport;
import lathe.engine.report.KeptChannels;
import lathe.engine.report.LayerReport;
import lathe.engine.report.RunProvenance;
import lathe.engine.report.StageError;
import lathe.synth.network.Network;

/**
 * All there is to say about one run of {@code lathe compress}: what {@code --json} prints and {@code --report} writes.
 * Its form is the schema {@code report.schema.json}.
 *
 * @param format number of this form
 * @param summary the run in a sentence or two
 * @param model the original's file
 * @param output the compressed model's file
 * @param bytesBefore size of the original, with its external data
 * @param bytesAfter size of the compressed model, likewise
 * @param ratio the second over the first
 * @param seconds what reading, compressing and writing took
 * @param provenance version, hash of the original's file, options, recipe
 * @param outputSha256 hash of the compressed model's file, lower-case hexadecimal
 * @param environment what it ran on
 * @param time how long a run of both models takes on this machine; null if that was not measured
 * @param costs what a run of both models costs on a device, as predicted; null if none was named
 * @param fidelity how closely the compressed model follows the original on fresh inputs
 * @param assumptions what was assumed about the network's inputs
 * @param passes what rewrites before compression changed, or left, and why
 * @param channels of layers that lost some or became two of low rank; empty if none did
 * @param keptChannels why channels cannot be removed; null if none were looked for
 * @param layers what was compressed
 * @param nextByte layers that gain most from a byte more; empty if bits were not chosen for a target
 * @param left constants that stayed as they were, and why
 * @param refinements what was changed after the layers were solved
 * @param activations ranges of quantized values
 * @param warnings what a user should know before trusting the result
 * @param guard what the guard found and did; null if there was none
 * @param floor whether the outputs reach the minimum SNR, and what fell back so that they do
 * @param candidates what was tried where the recipe leaves options open; empty if it leaves none
 * @param pictures some of the synthetic images
 */
public record RunReport(
        int format,
        String summary,
        String model,
        String output,
        long bytesBefore,
        long bytesAfter,
        double ratio,
        double seconds,
        RunProvenance provenance,
        String outputSha256,
        Environment environment,
        RunTimes time,
        RunCosts costs,
        Fidelity fidelity,
        List<String> assumptions,
        List<String> passes,
        List<ChannelsLine> channels,
        KeptChannels keptChannels,
        List<LayerLine> layers,
        List<String> nextByte,
        List<LeftLine> left,
        List<String> refinements,
        List<ActivationReport> activations,
        List<String> warnings,
        GuardOutcome guard,
        GuardOutcome floor,
        List<CandidateLine> candidates,
        List<SamplePicture> pictures) {

    static final int FORMAT = 1;

    /**
     * The files of a run.
     *
     * @param bytesBefore size of the original, with its external data
     * @param bytesAfter size of the compressed model, likewise
     * @param outputSha256 hash of the compressed model's file
     */
    public record RunFiles(String model, String output, long bytesBefore, long bytesAfter, String outputSha256) {}

    /** The libraries and the machine. */
    record Environment(String java, String onnxRuntime, String system) {
        private static Environment here() {
            return new Environment(
                    Runtime.version().toString(),
                    Network.runtimeVersion(),
                    "%s %s".formatted(System.getProperty("os.name"), System.getProperty("os.arch")));
        }
    }

    /** What a stage would lose. */
    record StageLine(String stage, double error, double signalToNoiseDb) {
        private static StageLine of(StageError stage) {
            return new StageLine(stage.stage().name().toLowerCase(Locale.ROOT), stage.error(), stage.signalToNoise());
        }
    }

    /**
     * One layer.
     *
     * @param next null if bits were not chosen for a target, or if more take no error away
     */
    record LayerLine(
            String name,
            String kind,
            List<Long> shape,
            String format,
            int bits,
            double sparsity,
            long bytesBefore,
            long bytesAfter,
            double error,
            double signalToNoiseDb,
            List<StageLine> stages,
            String solver,
            double seconds,
            String note,
            NextChoice next) {
        private static LayerLine of(LayerReport layer, List<Upgrade> upgrades) {
            return new LayerLine(
                    layer.layer(),
                    layer.opType(),
                    layer.shape(),
                    layer.format(),
                    layer.bits(),
                    layer.sparsity(),
                    layer.bytesBefore(),
                    layer.bytesAfter(),
                    layer.error(),
                    layer.signalToNoise(),
                    layer.stages().stream().map(StageLine::of).toList(),
                    layer.solver(),
                    layer.seconds(),
                    layer.note(),
                    upgrades.stream()
                            .filter(upgrade -> upgrade.layer().equals(layer.layer()))
                            .map(NextChoice::of)
                            .findFirst()
                            .orElse(null));
        }
    }

    /**
     * What was found before the result was written: by checks on fresh inputs, and by the choice of bits.
     *
     * @param guard what the gates that a user asked for led to; empty if none was asked for
     * @param floor what the floor led to that holds for all
     * @param fidelity how closely the outputs are followed
     * @param upgrades what more bytes would be spent on; empty if bits were not chosen for a target
     */
    public record Checks(Optional<GuardOutcome> guard, GuardOutcome floor, Fidelity fidelity, List<Upgrade> upgrades) {}

    /**
     * What a finished run has to say.
     *
     * @param seconds what reading, compressing and writing took
     * @param times of both models, if they were measured
     * @param costs of both models, if a device was named
     * @param candidates what was tried, if there was a choice
     * @param pictures some of the synthetic ones
     */
    public static RunReport of(
            CompressionReport report,
            Checks checks,
            RunFiles files,
            double seconds,
            Optional<RunTimes> times,
            Optional<RunCosts> costs,
            List<CandidateLine> candidates,
            List<SamplePicture> pictures) {
        return new RunReport(
                FORMAT,
                summary(files, seconds) + " " + checks.fidelity().summary(),
                files.model(),
                files.output(),
                files.bytesBefore(),
                files.bytesAfter(),
                (double) files.bytesAfter() / files.bytesBefore(),
                seconds,
                report.provenance(),
                files.outputSha256(),
                Environment.here(),
                times.orElse(null),
                costs.orElse(null),
                checks.fidelity(),
                report.assumptions(),
                report.passes(),
                report.channels().stream().map(ChannelsLine::of).toList(),
                report.keptChannels().orElse(null),
                report.layers().stream()
                        .map(layer -> LayerLine.of(layer, checks.upgrades()))
                        .toList(),
                NextChoice.nextByte(checks.upgrades()),
                LeftLine.of(report.inventory(), files.bytesBefore()),
                report.refinements(),
                report.activations(),
                report.warnings(),
                checks.guard().orElse(null),
                checks.floor(),
                candidates,
                pictures);
    }

    private static String summary(RunFiles files, double seconds) {
        return "%s became %s, %s of its size, in %s."
                .formatted(
                        Figures.bytes(files.bytesBefore()),
                        Figures.bytes(files.bytesAfter()),
                        Figures.percent((double) files.bytesAfter() / files.bytesBefore(), 0),
                        Figures.seconds(seconds));
    }
}
