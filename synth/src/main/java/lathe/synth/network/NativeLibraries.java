package lathe.synth.network;

import ai.onnxruntime.OrtEnvironment;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * ONNX Runtime's native libraries, copied out of its jar for as long as it takes to load them.
 *
 * <p>Left to itself, ONNX Runtime 1.29 copies them into a temporary folder of its own, and leaves that folder behind:
 * empty when the process ends, with all 28 MB when it is killed. Linux and macOS do not need the file of a library that
 * is loaded, so here it goes at once. Elsewhere, and where the copy fails, ONNX Runtime does it its own way.
 */
final class NativeLibraries {

    /** Where ONNX Runtime looks for its libraries first. */
    private static final String PLACE = "onnxruntime.native.path";

    private static final List<String> NAMES = List.of("onnxruntime", "onnxruntime4j_jni");

    /** Held while there are files; a process that is told to end waits for it, which takes a fraction of a second. */
    private static final ReentrantLock LOCK = new ReentrantLock();

    private NativeLibraries() {}

    /** Loads them, together with the first use of the runtime. */
    static OrtEnvironment around(Supplier<OrtEnvironment> load) {
        Optional<String> jarFolder = jarFolder();
        if (jarFolder.isEmpty() || System.getProperty(PLACE) != null) {
            return load.get();
        }
        Runtime.getRuntime().addShutdownHook(new Thread(LOCK::lock, "native libraries"));
        LOCK.lock();
        try {
            return loadFromCopy(jarFolder.get(), load);
        } finally {
            LOCK.unlock();
        }
    }

    private static OrtEnvironment loadFromCopy(String jarFolder, Supplier<OrtEnvironment> load) {
        Optional<Path> copy = copy(jarFolder);
        copy.ifPresent(folder -> System.setProperty(PLACE, folder.toString()));
        try {
            return load.get();
        } finally {
            System.clearProperty(PLACE);
            copy.ifPresent(NativeLibraries::delete);
        }
    }

    /** A folder with the libraries; empty where it cannot be made. */
    private static Optional<Path> copy(String jarFolder) {
        Path folder;
        try {
            folder = Files.createTempDirectory("lathe-onnxruntime");
        } catch (IOException e) {
            return Optional.empty();
        }
        for (String name : NAMES) {
            String file = System.mapLibraryName(name);
            try (InputStream in = OrtEnvironment.class.getResourceAsStream(jarFolder + file)) {
                if (in == null) {
                    throw new IOException(file + " is not in the jar");
                }
                Files.copy(in, folder.resolve(file));
            } catch (IOException e) {
                delete(folder);
                return Optional.empty();
            }
        }
        return Optional.of(folder);
    }

    private static void delete(Path folder) {
        try {
            for (String name : NAMES) {
                Files.deleteIfExists(folder.resolve(System.mapLibraryName(name)));
            }
            Files.delete(folder);
        } catch (IOException e) {
            // a temporary file more, which harms nobody
        }
    }

    /** Where the libraries for this machine lie in the jar; empty where their files cannot go while they are loaded. */
    private static Optional<String> jarFolder() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String processor = System.getProperty("os.arch", "");
        String name = system.contains("linux") ? "linux" : system.contains("mac") ? "osx" : "";
        String bits = List.of("amd64", "x86_64").contains(processor) ? "x64" : processor;
        return name.isEmpty() ? Optional.empty() : Optional.of("/ai/onnxruntime/native/%s-%s/".formatted(name, bits));
    }
}
