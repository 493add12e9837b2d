package lathe.engine.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lathe.engine.grid.Codebook;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.grid.CodedFormat;
import lathe.engine.grid.FloatFormat;
import lathe.engine.grid.TableFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.prune.LayerShare;
import lathe.engine.prune.Mask;
import lathe.engine.prune.NOfM;
import lathe.engine.prune.NetworkShare;
import lathe.engine.prune.Sparsity;
import lathe.engine.solve.Solver;
import lathe.engine.solve.SolverOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlainDataTest {

    static byte[] bytes(Object value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            PlainData.write(value, new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static Object read(byte[] bytes) throws IOException {
        return PlainData.read(new DataInputStream(new ByteArrayInputStream(bytes)));
    }

    /** What another process would get. */
    @SuppressWarnings("unchecked")
    static <T> T sent(T value) {
        try {
            return (T) read(bytes(value));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<WeightFormat> formats() {
        byte[] table = new byte[9 * Codebook.ENTRIES];
        new Random(1).nextBytes(table);
        return List.of(
                WeightFormat.perChannel(4),
                WeightFormat.perChannel(3).asymmetric().perBlock(32),
                TableFormat.NF4,
                TableFormat.lloyd(2),
                FloatFormat.E4M3,
                new CodedFormat(12.5),
                CodebookFormat.of(1),
                CodebookFormat.of(2).with(new Codebook(9, new byte[][] {table, table.clone()}, 0.3)));
    }

    static Stream<LayerConfig> configs() {
        List<Sparsity> sparsities = List.of(new LayerShare(0.5), new NetworkShare(0.7), new NOfM(2, 4));
        Stream<LayerConfig> formatted = formats().stream().map(LayerConfig::of);
        Stream<LayerConfig> pruned =
                sparsities.stream().map(sparsity -> LayerConfig.UNCHANGED.withSparsity(Optional.of(sparsity)));
        Stream<LayerConfig> others = Stream.of(new LayerConfig(
                Optional.empty(), Optional.empty(), Solver.NEAREST, new SolverOptions(3, 0.1, 1, 2, 0.5, 4), true));
        return Stream.of(formatted, pruned, others).flatMap(configs -> configs);
    }

    @ParameterizedTest
    @MethodSource("configs")
    void carriesEveryConfiguration(LayerConfig config) {
        assertEquals(config, sent(config));
    }

    /** A new format or sparsity has to be tried here. */
    @Test
    void theseAreAllKindsOfConfiguration() {
        Set<Class<?>> tried = configs()
                .flatMap(config -> Stream.of(config.format(), config.sparsity()))
                .flatMap(Optional::stream)
                .map(Object::getClass)
                .collect(Collectors.toSet());
        Set<Class<?>> all = Stream.of(WeightFormat.class, Sparsity.class)
                .flatMap(type -> Arrays.stream(type.getPermittedSubclasses()))
                .collect(Collectors.toSet());
        assertEquals(all, tried);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8191, 8192, 8193})
    void carriesNumbersBitForBit(int length) {
        double[] doubles = new Random(2).doubles(length).toArray();
        float[] floats = new float[length];
        short[] shorts = new short[length];
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            floats[i] = (float) doubles[i];
            shorts[i] = (short) (i * 7919);
            bytes[i] = (byte) i;
        }
        List<Object> sent = sent(List.of(doubles, floats, shorts, bytes));
        assertArrayEquals(doubles, (double[]) sent.get(0));
        assertArrayEquals(floats, (float[]) sent.get(1));
        assertArrayEquals(shorts, (short[]) sent.get(2));
        assertArrayEquals(bytes, (byte[]) sent.get(3));
    }

    @Test
    void carriesMatricesAndMasks() {
        GramMatrix dense = sent(GramMatrix.of(2, new double[] {3, 0.1, 0.1, 2}).withShrinkage(0.25));
        assertEquals(List.of(3.0, 0.1, 0.25), List.of(dense.at(0, 0), dense.at(1, 0), dense.shrinkage()));
        GramMatrix diagonal = sent(GramMatrix.diagonal(new double[] {5, 6}));
        assertTrue(diagonal.isDiagonal());
        assertArrayEquals(new double[] {5, 6}, diagonal.diagonal());
        Mask mask = Mask.full(3, 5).rows(1, 3);
        assertEquals(mask, sent(mask));
    }

    @Test
    void refusesWhatIsNoPlainData() {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> bytes(List.of(new Object())));
        assertEquals("class java.lang.Object is no plain data", refused.getMessage());
    }

    @Test
    void neverReadsOtherClassesOrEndsEarly() {
        byte[] written = bytes(LayerConfig.UNCHANGED);
        for (int length = 0; length < written.length; length++) {
            byte[] part = Arrays.copyOf(written, length);
            assertThrows(EOFException.class, () -> read(part));
        }
        byte[] foreign = bytes(List.of("java.util.Locale"));
        foreign[5] = 'R';
        assertEquals(
                "java.util.Locale is no type of a task",
                assertThrows(IOException.class, () -> read(foreign)).getMessage());
        byte[] unknown = bytes(List.of("lathe.engine.task.Later"));
        unknown[5] = 'E';
        assertThrows(IOException.class, () -> read(unknown));
    }
}
