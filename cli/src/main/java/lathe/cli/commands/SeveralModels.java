package lathe.cli.commands;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import lathe.cli.models.ModelJob;
import lathe.cli.report.ReportText;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Console;
import lathe.cli.shell.ExitCode;
import lathe.cli.shell.Failure;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Json;
import lathe.cli.shell.Table;
import lathe.engine.pipeline.ProgressListener;

/**
 * The same work on several models, each by itself: one that fails stops no other, what is said of one is printed in one
 * piece and in the order of the models, and a summary comes last.
 *
 * @param atOnce how many are worked on at a time, at least 1
 */
record SeveralModels(List<ModelJob> jobs, int atOnce, Console console) {

    /** What is done to a model. */
    interface Work {
        Outcome of(ModelJob job, Console console) throws IOException;
    }

    /**
     * What became of a model.
     *
     * @param answer as it would be for this model alone
     * @param before bytes of the model
     * @param after bytes of the result
     * @param signalToNoise how closely the outputs are followed, in dB; empty if that is not known
     */
    record Outcome(Object answer, long before, long after, Optional<Double> signalToNoise) {}

    /** One model in the answer; either {@code result} or {@code error} is null. */
    private record Line(String model, Double signalToNoiseDb, Object result, Object error) {}

    /** The answer. */
    private record Answer(List<Line> models, int failed) {}

    /** A model's outcome or failure, and what was said of it. */
    private record Finished(
            ModelJob job, Optional<Outcome> outcome, Optional<Failure> failure, String said, String warned) {

        private Line line() {
            return new Line(
                    job.model(),
                    outcome.flatMap(Outcome::signalToNoise).orElse(null),
                    outcome.map(Outcome::answer).orElse(null),
                    failure.map(what -> Json.error(what.code(), what.message())).orElse(null));
        }
    }

    /**
     * Works on all models.
     *
     * @throws CommandException after the answer, if a model failed; with the worst of the exit codes
     */
    void run(Work work) throws IOException {
        List<Finished> finished = finishAll(work);
        List<Failure> failures =
                finished.stream().flatMap(one -> one.failure().stream()).toList();
        console.answer(new Answer(finished.stream().map(Finished::line).toList(), failures.size()));
        console.show(summary(finished));
        if (!failures.isEmpty()) {
            ExitCode worst = failures.stream()
                    .map(Failure::code)
                    .max(ExitCode::compareTo)
                    .orElseThrow();
            throw CommandException.afterAnswer(worst, "%d of %d models failed".formatted(failures.size(), jobs.size()));
        }
    }

    private List<Finished> finishAll(Work work) throws IOException {
        ExecutorService workers = Executors.newFixedThreadPool(atOnce);
        try {
            if (atOnce > 1) {
                console.progress().begin("compressing %d models".formatted(jobs.size()), jobs.size());
            }
            List<Future<Finished>> running = new ArrayList<>();
            for (int i = 0; i < jobs.size(); i++) {
                ModelJob job = jobs.get(i);
                String place = "%d/%d ".formatted(i + 1, jobs.size());
                running.add(workers.submit(() -> finish(work, job, place)));
            }
            List<Finished> finished = new ArrayList<>();
            for (Future<Finished> one : running) {
                finished.add(one.get());
                print(finished.get(finished.size() - 1));
            }
            return finished;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while models were being compressed", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            workers.shutdownNow();
        }
    }

    private Finished finish(Work work, ModelJob job, String place) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        ByteArrayOutputStream warned = new ByteArrayOutputStream();
        Optional<Outcome> outcome = Optional.empty();
        Optional<Failure> failure = Optional.empty();
        try (Console own = console.into(stream(said), stream(warned), progress(place))) {
            outcome = Optional.of(work.of(job, own));
        } catch (IOException | RuntimeException | VirtualMachineError | LinkageError e) {
            failure = Optional.of(Failure.of(e));
        }
        if (atOnce > 1) {
            console.progress().step();
        }
        return new Finished(
                job, outcome, failure, said.toString(StandardCharsets.UTF_8), warned.toString(StandardCharsets.UTF_8));
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    /** One model at a time shows its stages, with its place in front; of several at once only their number is shown. */
    private ProgressListener progress(String place) {
        if (atOnce > 1) {
            return ProgressListener.NONE;
        }
        return new ProgressListener() {
            @Override
            public void begin(String stage, long steps) {
                console.progress().begin(place + stage, steps);
            }

            @Override
            public void step() {
                console.progress().step();
            }
        };
    }

    private void print(Finished one) {
        String model = one.job().model();
        one.warned().lines().forEach(line -> console.warn(model + line.replaceFirst("^lathe: ", ": ")));
        console.say(model);
        one.said().lines().forEach(line -> console.say("  " + line));
        one.failure().ifPresent(failure -> {
            String message = failure.message();
            console.say("  failed");
            console.complain(message.startsWith(model) ? message : model + ": " + message);
        });
        console.say("");
    }

    private static String summary(List<Finished> finished) {
        Table table = new Table("model", "size", ">SNR dB", "");
        for (Finished one : finished) {
            String model = one.job().model();
            one.outcome()
                    .ifPresent(outcome -> table.row(
                            model,
                            ReportText.sizes(outcome.before(), outcome.after()),
                            outcome.signalToNoise().map(Figures::decibels).orElse("-"),
                            one.job().target().name()));
            one.failure()
                    .ifPresent(failure -> table.row(
                            model, "-", "-", "failed: " + failure.code().word()));
        }
        return table.render("");
    }
}
