package lathe.synth.network;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import java.util.concurrent.CompletableFuture;

/**
 * The one environment of ONNX Runtime in this process, made when first asked for.
 *
 * <p>ONNX Runtime 1.29 matches a regular expression against the command line of the process when it starts, with a
 * matcher that takes about 250 bytes of stack a character: on a thread with the usual 1 MB, a class path of 4,000
 * characters ends the process. So the environment is made on a thread with room for a megabyte of command line.
 */
final class OrtRuntime {

    private static final long STACK_BYTES = 256L << 20;

    private OrtRuntime() {}

    static OrtEnvironment environment() {
        return Holder.ENVIRONMENT;
    }

    private static final class Holder {
        static final OrtEnvironment ENVIRONMENT = make();
    }

    /** Not in the holder: its initializer waits for the thread, which so must not need the holder's code. */
    private static OrtEnvironment make() {
        CompletableFuture<OrtEnvironment> made = new CompletableFuture<>();
        Runnable making = () -> made.completeAsync(
                () -> NativeLibraries.around(
                        () -> OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "lathe")),
                Runnable::run);
        new Thread(null, making, "lathe-onnxruntime", STACK_BYTES).start();
        return made.join();
    }
}
