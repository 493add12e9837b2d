package lathe.synth.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.RealInputs.Samples;
import org.junit.jupiter.api.Test;

class RealInputsTest {

    private static final Value X = Graphs.input("x", ElementType.FLOAT, -1, 2);

    private static Samples samples(ElementType type, long... dims) {
        float[] values = new float[(int) Shapes.elements(dims)];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        return new Samples(type, dims, values);
    }

    private static RealInputs real(int count) {
        return RealInputs.ofArrays("f.npz", Map.of("x", samples(ElementType.FLOAT, count, 2)));
    }

    private static InputPlan plan(RealInputs real, Value... inputs) {
        return InputPlan.of(Graphs.of(List.of(), List.of(), inputs), InputOptions.DEFAULT.withReal(Optional.of(real)));
    }

    private static float[] values(InputPlan plan, String input, int first, int count) {
        return plan.batch(first, count).get(input).floats();
    }

    private static Set<Float> firsts(RealInputs real) {
        Set<Float> firsts = new HashSet<>();
        InputPlan plan = plan(real, X);
        for (int i = 0; i < plan.count(); i++) {
            firsts.add(values(plan, "x", i, 1)[0]);
        }
        return firsts;
    }

    @Test
    void whatIsGivenIsFed() {
        InputPlan plan = plan(real(5), X);
        assertEquals(5, plan.count());
        assertFalse(plan.guessed());
        assertArrayEquals(new float[] {2, 3, 4, 5}, values(plan, "x", 1, 2));
        assertArrayEquals(new float[] {8, 9, 0, 1}, values(plan, "x", 4, 2));
        assertTrue(plan.assumptions().get(0).contains("5 real inputs from f.npz"), plan.assumptions()::toString);
    }

    @Test
    void whatIsCheckedWasNotMeasured() {
        RealInputs given = real(21).first(20);
        Set<Float> measured = firsts(given.forStatistics());
        Set<Float> checked = firsts(given.forStatistics().forChecks());
        assertEquals(15, measured.size());
        assertEquals(5, checked.size());
        checked.forEach(first -> assertFalse(measured.contains(first)));
        assertEquals(firsts(given), firsts(given.forChecks()));
        assertTrue(given.forStatistics().holdsOut());
        assertFalse(real(7).forStatistics().holdsOut());
        assertEquals(7, firsts(real(7).forStatistics().forChecks()).size());
    }

    @Test
    void setsShareNothingAndHoldAll() {
        Set<Float> seen = new HashSet<>();
        List<RealInputs> sets = real(12).sets(5);
        sets.forEach(set -> firsts(set).forEach(first -> assertTrue(seen.add(first))));
        assertEquals(5, sets.size());
        assertEquals(12, seen.size());
        assertEquals(2, real(2).sets(5).size());
    }

    @Test
    void arraysSettleOpenAxes() {
        Value ids = Graphs.input("ids", ElementType.INT64, List.of(Value.Dim.dynamic("n"), Value.Dim.dynamic("t")));
        Value flag = Graphs.input("flag", ElementType.BOOL);
        Value whole = Graphs.input("whole", ElementType.FLOAT, -1);
        RealInputs real = RealInputs.ofArrays(
                "f.npz",
                Map.of(
                        "ids", samples(ElementType.INT32, 3, 9),
                        "flag", new Samples(ElementType.BOOL, new long[] {3}, new float[] {0, 1, 1}),
                        "whole", samples(ElementType.DOUBLE, 3)));
        InputPlan plan = plan(real, ids, flag, whole);
        assertArrayEquals(new long[] {1, 9}, plan.batch(0, 1).get("ids").dims());
        assertArrayEquals(new float[] {0}, values(plan, "flag", 0, 1));
        assertArrayEquals(new float[] {1}, values(plan, "flag", 2, 1));
        assertArrayEquals(new float[] {1}, values(plan, "whole", 1, 1));
    }

    @Test
    void anUnnamedArrayIsForTheOnlyInputOrTheOnlyPicture() {
        Value picture = Graphs.input("p", ElementType.FLOAT, -1, 1, 8, 8);
        RealInputs one =
                RealInputs.ofArrays("f.npy", Map.of(RealInputs.UNNAMED, samples(ElementType.FLOAT, 4, 1, 8, 8)));
        InputPlan plan = plan(one, picture, Graphs.input("strength", ElementType.FLOAT));
        assertEquals(64, values(plan, "p", 1, 1)[0]);
        assertRefused("the model has 2 inputs (p, q)", one, picture, Graphs.input("q", ElementType.FLOAT, -1, 1, 8, 8));
    }

    @Test
    void photographsGoThroughTheScaling() {
        RealInputs photographs = RealInputs.ofPhotographs("photos", 9, (index, channels, height, width) -> {
            float[] image = new float[channels * height * width];
            java.util.Arrays.fill(image, index / 10f);
            return image;
        });
        Value picture = Graphs.input("p", ElementType.FLOAT, -1, 3, 8, 8);
        assertRefused("the normalization of pixels is unknown", photographs, picture);
        InputOptions options =
                InputOptions.DEFAULT.withReal(Optional.of(photographs)).withInputRange(0, 255);
        InputPlan plan = InputPlan.of(Graphs.of(List.of(), List.of(), picture), options);
        assertEquals(255 * 0.7f, values(plan, "p", 7, 1)[0], 1e-3);
        assertEquals(9, plan.count());
        assertRefused("no input takes images", photographs, X);
    }

    @Test
    void whatDoesNotFitIsSaidWithBothSides() {
        RealInputs real = real(4);
        assertRefused("no array for input 'y'; it holds 'x'", real, Graphs.input("y", ElementType.FLOAT, -1, 2));
        assertRefused(
                "input 'x' takes samples of shape 3, the array of shape 4x2 holds 4 of shape 2",
                real,
                Graphs.input("x", ElementType.FLOAT, -1, 3));
        assertRefused(
                "input 'x' takes INT64, the array holds FLOAT", real, Graphs.input("x", ElementType.INT64, -1, 2));
        IllegalArgumentException unequal = assertThrows(
                IllegalArgumentException.class,
                () -> RealInputs.ofArrays(
                        "f.npz", Map.of("a", samples(ElementType.FLOAT, 4, 2), "b", samples(ElementType.FLOAT, 5, 2))));
        assertTrue(unequal.getMessage().contains("sample axis"), unequal.getMessage());
        assertThrows(IllegalArgumentException.class, () -> RealInputs.ofArrays("f.npz", Map.of()));
    }

    private static void assertRefused(String part, RealInputs real, Value... inputs) {
        String message = assertThrows(IllegalArgumentException.class, () -> plan(real, inputs))
                .getMessage();
        assertTrue(message.contains(part), message);
        assertEquals(1, message.lines().count(), message);
    }
}
