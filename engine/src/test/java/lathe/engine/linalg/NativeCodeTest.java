package lathe.engine.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Looks on as a virtual machine of its own loads classes. */
class NativeCodeTest {

    @Test
    void smallProblemsLoadNoNativeCode() throws Exception {
        assertFalse(classesLoadedFor(9).contains("org.bytedeco"));
    }

    @Test
    void largeProblemsDo() throws Exception {
        assertTrue(classesLoadedFor(80).contains("org.bytedeco"));
    }

    private static String classesLoadedFor(int order) throws Exception {
        Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xlog:class+load",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Accumulates.class.getName(),
                        Integer.toString(order))
                .redirectErrorStream(true)
                .start();
        String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, java.waitFor(), output);
        return output;
    }

    /** The program that is looked on. */
    static final class Accumulates {

        private Accumulates() {}

        public static void main(String[] args) {
            int order = Integer.parseInt(args[0]);
            GramAccumulator accumulator = new GramAccumulator(order);
            accumulator.add(Naive.samples(100, order, 1), 100);
            GramMatrix gram = accumulator.gram();
            CholeskyFactor factor = gram.damped(gram.meanDiagonal())
                    .cholesky(Naive.identity(order))
                    .orElseThrow();
            double bound = gram.bound(8).of(new double[order], 1)[0];
            System.out.println(factor.order() + bound + gram.energy(new double[order]));
        }
    }
}
