package lathe.synth.network;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.tensor.ElementType;
import lathe.engine.twin.FloatTwin;

/**
 * A network loaded into ONNX Runtime, on the CPU. Holds native memory until closed. {@code run} may be called from
 * several threads at once; {@code close} only when none of them runs.
 */
public final class Network implements AutoCloseable {

    private static final long LARGEST_IN_MEMORY = 256L << 20;

    /** ONNX Runtime's name for integer kernels on x86 that do not saturate; other processors have no others. */
    private static final String EXACT_INTEGERS = "session.x64quantprecision";

    /** What the runtime says where it gets no memory. */
    private static final Pattern NO_MEMORY = Pattern.compile("Failed to allocate memory|bad_alloc|bad allocation");

    private final OrtSession session;
    private final Optional<Path> folder;
    private final Map<String, Value> inputs;
    private final Optional<Value> place;
    private final Map<String, Value> outputs;

    private Network(Loader loader, NetworkOptions options, Optional<Path> folder) {
        this.folder = folder;
        OrtEnvironment environment = OrtRuntime.environment(); // before any other class of ONNX Runtime is used
        try (OrtSession.SessionOptions settings = settings(options)) {
            session = loader.load(environment, settings);
            inputs = OrtTensors.values(session.getInputInfo());
            place = Optional.ofNullable(inputs.remove(RepeatableDraws.PLACE));
            outputs = OrtTensors.values(session.getOutputInfo());
        } catch (OrtException e) {
            folder.ifPresent(TemporaryFolders::delete);
            throw refused(e);
        } catch (IOException e) {
            folder.ifPresent(TemporaryFolders::delete);
            throw new UncheckedIOException(e);
        }
    }

    /** The version of ONNX Runtime that runs networks. */
    public static String runtimeVersion() {
        return OrtRuntime.environment().getVersion();
    }

    private interface Loader {
        OrtSession load(OrtEnvironment environment, OrtSession.SessionOptions settings)
                throws OrtException, IOException;
    }

    /**
     * Loads a graph, of one with BFLOAT16 the {@link FloatTwin}; one of more than 256 MiB goes through a temporary file,
     * which lives until the network is closed. Random numbers follow from the names in the graph and from what is fed, see
     * {@link #runsAsItIs}.
     *
     * @throws UnsupportedModelException if ONNX Runtime cannot run it
     */
    public static Network of(Graph given, NetworkOptions options) {
        Graph wide = FloatTwin.isNeededToRun(given) ? FloatTwin.of(given).graph() : given;
        Graph graph = RepeatableDraws.isNeeded(wide) ? RepeatableDraws.of(wide) : wide;
        Stream.concat(graph.requiredInputs().stream(), graph.outputs().stream())
                .forEach(value -> checkName(value.name()));
        long bytes = graph.initializers().values().stream()
                .map(Initializer::bytes)
                .mapToLong(tensor -> tensor.size())
                .sum();
        if (bytes <= LARGEST_IN_MEMORY) {
            return of(OnnxWriter.toBytes(graph), options);
        }
        Path folder = TemporaryFolders.create();
        Path file = folder.resolve("model.onnx");
        return new Network(
                (environment, settings) -> {
                    OnnxWriter.write(graph, file);
                    return environment.createSession(file.toString(), settings);
                },
                options,
                Optional.of(folder));
    }

    /** False of a graph with BFLOAT16, or with random numbers, which are others in each run of a file. */
    public static boolean runsAsItIs(Graph graph) {
        return !FloatTwin.isNeededToRun(graph) && !RepeatableDraws.isNeeded(graph);
    }

    /** The runtime's Java interface takes names in Java's own form of UTF-8, which differs beyond U+FFFF and at 0. */
    private static void checkName(String name) {
        if (name.chars().anyMatch(unit -> unit == 0 || Character.isSurrogate((char) unit))) {
            throw new UnsupportedModelException(
                    "input or output '%s' has a name that ONNX Runtime cannot pass on to Java; rename it without signs"
                                    .formatted(name)
                            + " beyond U+FFFF");
        }
    }

    /**
     * Loads a model file; external data is looked for beside it.
     *
     * @throws UnsupportedModelException if ONNX Runtime cannot run it
     */
    public static Network of(Path file, NetworkOptions options) {
        return new Network(
                (environment, settings) -> environment.createSession(file.toString(), settings),
                options,
                Optional.empty());
    }

    /**
     * Loads a model held in memory, which may not refer to external data.
     *
     * @throws UnsupportedModelException if ONNX Runtime cannot run it
     */
    public static Network of(byte[] model, NetworkOptions options) {
        return new Network(
                (environment, settings) -> environment.createSession(model, settings), options, Optional.empty());
    }

    /** What has to be fed, in the order of the file. */
    public List<Value> inputs() {
        return List.copyOf(inputs.values());
    }

    /** What comes out, in the order of the file; type UNKNOWN where it is no numeric tensor. */
    public List<Value> outputs() {
        return List.copyOf(outputs.values());
    }

    /** Runs once and returns every output that is a numeric tensor, by name. */
    public Map<String, Tensor> run(Map<String, Tensor> feeds) {
        List<String> numeric = outputs.values().stream()
                .filter(output -> output.type() != ElementType.UNKNOWN)
                .map(Value::name)
                .toList();
        return run(feeds, numeric);
    }

    /**
     * Runs once.
     *
     * @param feeds a tensor for each input; others are ignored
     * @param wanted outputs to return
     * @return the outputs by name, in the order asked for
     * @throws UnsupportedModelException if ONNX Runtime fails, or an output is no numeric tensor
     */
    public Map<String, Tensor> run(Map<String, Tensor> feeds, Collection<String> wanted) {
        Map<String, Tensor> results = new LinkedHashMap<>();
        run(feeds, wanted, results::put);
        return results;
    }

    /**
     * Runs once and hands over the outputs one after the other, in the order asked for; the native memory of each is
     * free again before the next one is converted.
     *
     * @param feeds a tensor for each input; others are ignored
     * @param wanted outputs to hand over
     * @param consumer gets name and tensor
     * @throws UnsupportedModelException if ONNX Runtime fails, or an output is no numeric tensor
     */
    public void run(Map<String, Tensor> feeds, Collection<String> wanted, BiConsumer<String, Tensor> consumer) {
        Set<String> names = new LinkedHashSet<>(wanted);
        if (names.isEmpty()) {
            return;
        }
        Map<String, OnnxTensor> fed = new HashMap<>();
        try {
            for (Value input : inputs.values()) {
                Tensor feed = feeds.get(input.name());
                if (feed == null) {
                    throw new IllegalArgumentException(
                            "nothing to feed input '%s', only %s".formatted(input.name(), feeds.keySet()));
                }
                fed.put(input.name(), OrtTensors.toOrt(OrtRuntime.environment(), input, feed));
            }
            if (place.isPresent()) {
                Tensor from = RepeatableDraws.place(feeds);
                fed.put(RepeatableDraws.PLACE, OrtTensors.toOrt(OrtRuntime.environment(), place.get(), from));
            }
            handOver(session.run(fed, names), consumer);
        } catch (OrtException e) {
            throw refused(e);
        } finally {
            fed.values().forEach(OnnxTensor::close);
        }
    }

    /** Closes each value by itself, and so does not close the result, which would close them once more. */
    @SuppressWarnings("resource")
    private static void handOver(OrtSession.Result result, BiConsumer<String, Tensor> consumer) {
        Iterator<Map.Entry<String, OnnxValue>> outputs = result.iterator();
        try {
            while (outputs.hasNext()) {
                Map.Entry<String, OnnxValue> output = outputs.next();
                Tensor tensor;
                try (OnnxValue value = output.getValue()) {
                    tensor = OrtTensors.fromOrt(output.getKey(), value);
                }
                consumer.accept(output.getKey(), tensor);
            }
        } finally {
            outputs.forEachRemaining(left -> left.getValue().close());
        }
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw refused(e);
        } finally {
            folder.ifPresent(TemporaryFolders::delete);
        }
    }

    private static OrtSession.SessionOptions settings(NetworkOptions options) throws OrtException {
        OrtSession.SessionOptions settings = new OrtSession.SessionOptions();
        settings.setIntraOpNumThreads(options.threads());
        settings.setInterOpNumThreads(1);
        settings.setCPUArenaAllocator(options.arena());
        settings.setSessionLogLevel(
                options.quiet() ? OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL : OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
        settings.setOptimizationLevel(
                switch (options.optimization()) {
                    case NONE -> OrtSession.SessionOptions.OptLevel.NO_OPT;
                    case BASIC -> OrtSession.SessionOptions.OptLevel.BASIC_OPT;
                    case EXTENDED -> OrtSession.SessionOptions.OptLevel.EXTENDED_OPT;
                    case ALL -> OrtSession.SessionOptions.OptLevel.ALL_OPT;
                });
        if (options.exactIntegers()) {
            settings.addConfigEntry(EXACT_INTEGERS, "1");
        }
        if (options.optimizedModel().isPresent()) {
            settings.setOptimizedModelFilePath(options.optimizedModel().get().toString());
        }
        return settings;
    }

    /** The runtime's message on one line, without its error code in front; the cause says so where memory ran out. */
    private static UnsupportedModelException refused(OrtException e) {
        String message = String.valueOf(e.getMessage())
                .replaceFirst("(?s)^Error code - \\S+ - message:\\s*", "")
                .strip()
                .replaceAll("\\s*[\\r\\n]+\\s*", " ");
        if (NO_MEMORY.matcher(message).find()) {
            Throwable noMemory = new OutOfMemoryError(message).initCause(e);
            return new UnsupportedModelException(
                    "ONNX Runtime cannot run this model: it ran out of memory (" + message + ")", noMemory);
        }
        return new UnsupportedModelException("ONNX Runtime cannot run this model: " + message, e);
    }
}
