package lathe.cli.commands;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import lathe.cli.options.ConfigFile;
import lathe.cli.options.TargetSettings;
import lathe.cli.options.TargetSettings.Target;
import lathe.cli.report.CandidateLine;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.ExitCode;
import lathe.cli.shell.Figures;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.ProgressListener;
import lathe.synth.comparison.OutputComparison;
import lathe.synth.comparison.OutputFigures;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;

/**
 * Compresses a network as each candidate says, and keeps the best: the smallest file where there is an SNR to keep, else
 * the one of most SNR. Candidates are compared on synthetic inputs on which nothing was fitted, allocated or checked;
 * what is reported of the best afterwards is found on others, so being chosen does not flatter it.
 *
 * @param candidates at least one
 * @param file that they come from
 * @param limits what the best must keep
 */
record RecipeSearch(List<Candidate> candidates, ConfigFile file, Target limits) {

    /** Not the seed of {@code compress}, nor those of its guard, of the minimum SNR or of {@code verify}. */
    static final long SEED = 4000;

    private static final FallbackSearch.Plan PLAN =
            new FallbackSearch.Plan(SEED, 1, Floor.IMAGES, false, OptionalDouble.empty());

    /** The same where several runs share threads and memory. */
    RecipeSearch oneOf(int runs) {
        return new RecipeSearch(
                candidates.stream().map(candidate -> candidate.oneOf(runs)).toList(), file, limits);
    }

    /** The first; all that does not change the result is the same for all. */
    Candidate first() {
        return candidates.get(0);
    }

    /** The recipe of all candidates, for a network. */
    ConfigFile recipe(Graph graph) {
        List<ConfigFile> recipes = candidates.stream()
                .map(candidate -> InputTrust.of(candidate.arguments(), graph, candidate.compression())
                        .compression()
                        .recipe())
                .toList();
        return ConfigFile.common(recipes, file, first().choice().keySet());
    }

    /**
     * The best.
     *
     * @param checked with what to know of its inputs
     * @param lines of all candidates; empty if there was no choice
     */
    record Best(Candidate candidate, InputTrust trust, CheckedCompression checked, List<CandidateLine> lines) {}

    /**
     * Compresses a network.
     *
     * @param bytesBefore size of the original
     * @throws CommandException if no candidate has a result that keeps the limits
     */
    Best run(Graph graph, long bytesBefore, ProgressListener progress) {
        if (candidates.size() == 1 && limits.equals(Target.NONE)) {
            return compressed(first(), graph, bytesBefore, progress);
        }
        List<CandidateLine> lines = new ArrayList<>();
        Optional<Best> best = Optional.empty();
        int kept = -1;
        try (Network original = Network.of(graph, NetworkOptions.DEFAULT)) {
            OutputComparison comparison = FallbackSearch.comparison(
                    PLAN, first().compression(), first().arguments(), original, graph, progress);
            for (Candidate candidate : candidates) {
                long start = System.nanoTime();
                try {
                    Best found = compressed(candidate, graph, bytesBefore, numbered(lines.size() + 1, progress));
                    Graph result = found.checked().result().graph();
                    CandidateLine line = new CandidateLine(
                            candidate.choice(),
                            OnnxWriter.size(result),
                            decibels(comparison, result),
                            (System.nanoTime() - start) / 1e9,
                            false,
                            null);
                    lines.add(line);
                    if (keeps(line, bytesBefore) && (kept < 0 || better().compare(line, lines.get(kept)) > 0)) {
                        best = Optional.of(found);
                        kept = lines.size() - 1;
                    }
                } catch (CommandException e) {
                    if (e.code() == ExitCode.BAD_INPUT) {
                        throw e;
                    }
                    double seconds = (System.nanoTime() - start) / 1e9;
                    lines.add(new CandidateLine(candidate.choice(), null, null, seconds, false, e.getMessage()));
                }
            }
        }
        if (best.isEmpty()) {
            throw none(lines);
        }
        lines.set(kept, lines.get(kept).asKept());
        Best found = best.get();
        return new Best(found.candidate(), found.trust(), found.checked(), lines);
    }

    private static Best compressed(Candidate candidate, Graph graph, long bytesBefore, ProgressListener progress) {
        InputTrust trust = InputTrust.of(candidate.arguments(), graph, candidate.compression());
        return compressed(candidate, trust, graph, bytesBefore, progress);
    }

    private static Best compressed(
            Candidate candidate, InputTrust trust, Graph graph, long bytesBefore, ProgressListener progress) {
        Arguments arguments = candidate.arguments();
        CheckedCompression checked =
                CheckedCompression.of(trust.compression(), arguments, graph, bytesBefore, progress);
        Optional<RangeAlternatives> ranges = trust.ranges(checked.result(), arguments, graph);
        return trust.withoutActivations(checked.result(), ranges, arguments)
                .map(cautious -> compressed(candidate, cautious, graph, bytesBefore, progress))
                .orElseGet(() ->
                        new Best(candidate, trust, checked.with(result -> trust.noted(result, ranges)), List.of()));
    }

    /** Says which candidate it is, too. */
    private ProgressListener numbered(int number, ProgressListener progress) {
        return new ProgressListener() {
            @Override
            public void begin(String stage, long steps) {
                progress.begin("candidate %d of %d, %s".formatted(number, candidates.size(), stage), steps);
            }

            @Override
            public void step() {
                progress.step();
            }
        };
    }

    private static double decibels(OutputComparison comparison, Graph result) {
        return OutputFigures.leastDecibels(FallbackSearch.outputs(comparison, result))
                .orElseThrow(() -> CommandException.impossible(
                        "no output tells one input from another, so candidates cannot be compared", null));
    }

    private boolean keeps(CandidateLine line, long bytesBefore) {
        return line.signalToNoiseDb() >= limits.snr().orElse(Double.NEGATIVE_INFINITY)
                && line.bytes()
                        <= limits.size().map(size -> size.bytes(bytesBefore)).orElse(Long.MAX_VALUE);
    }

    /** The first of equals is kept. */
    private Comparator<CandidateLine> better() {
        Comparator<CandidateLine> smaller = Comparator.comparing(CandidateLine::bytes, Comparator.reverseOrder());
        Comparator<CandidateLine> nearer = Comparator.comparing(CandidateLine::signalToNoiseDb);
        boolean size = limits.snr().isPresent()
                || TargetSettings.of(first().arguments())
                        .filter(target -> target.snr().isPresent())
                        .isPresent();
        return size ? smaller.thenComparing(nearer) : nearer.thenComparing(smaller);
    }

    private CommandException none(List<CandidateLine> lines) {
        List<String> found = lines.stream()
                .map(line -> "%s: %s"
                        .formatted(
                                line.text(),
                                line.failure() != null
                                        ? line.failure()
                                        : "%s, %s dB"
                                                .formatted(
                                                        Figures.bytes(line.bytes()),
                                                        Figures.decibels(line.signalToNoiseDb()))))
                .toList();
        return CommandException.impossible(
                "no candidate of the recipe keeps what it asks for (%s)".formatted(String.join("; ", found)), null);
    }
}
