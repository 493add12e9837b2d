package lathe.engine.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class WeightLayoutTest {

    /** The two ways to say where a weight is: by rows and columns, and by walking the tensor. */
    @Property
    void rowsAndColumnsFindWhatTheWalkPasses(
            @ForAll @IntRange(min = 1, max = 4) int outputs,
            @ForAll @IntRange(min = 1, max = 4) int inputs,
            @ForAll @IntRange(min = 1, max = 3) int height,
            @ForAll @IntRange(min = 1, max = 3) int width,
            @ForAll @IntRange(min = 1, max = 3) int groups,
            @ForAll boolean outputsFirst) {
        int joined = outputsFirst ? groups : 1; // a layer has several groups only where outputs come first
        List<Long> dims = List.of(
                outputsFirst ? (long) outputs * joined : inputs,
                outputsFirst ? (long) inputs : outputs,
                (long) height,
                (long) width);
        WeightLayout layout = WeightLayout.of(dims, joined, outputsFirst);
        int[] visited = new int[1];
        layout.forEach((index, output, input) -> {
            int tap = index % layout.taps();
            int column = input % (layout.inputs() / joined) * layout.taps() + tap;
            assertEquals(index, layout.index(output, column, layout.cols()));
            assertEquals(visited[0]++, index);
        });
        assertEquals(layout.size(), visited[0]);
        assertEquals(layout.size(), layout.outputs() * layout.cols());
    }

    /** A stack lies in memory as one matrix below the other: the same rows and columns, whichever way they are grouped. */
    @Property
    void aStackIsOneMatrixBelowTheOther(
            @ForAll @IntRange(min = 1, max = 3) int stack,
            @ForAll @IntRange(min = 1, max = 4) int outputs,
            @ForAll @IntRange(min = 1, max = 4) int inputs,
            @ForAll boolean grouped) {
        List<Long> dims = List.of((long) stack, (long) outputs, (long) inputs);
        WeightLayout layout = WeightLayout.ofStack(dims, grouped ? stack : 1);
        assertEquals(dims, LongStream.of(layout.dims()).boxed().toList());
        assertEquals(List.of((long) stack, (long) outputs, 1L), layout.dimsAlongOutputs());
        assertEquals(stack * outputs, layout.outputs());
        assertEquals(inputs, layout.cols());
        assertEquals(grouped ? stack * inputs : inputs, layout.inputs());
        layout.forEach((index, output, input) -> {
            int matrix = index / (outputs * inputs);
            assertEquals(matrix * outputs + index / inputs % outputs, output);
            assertEquals((grouped ? matrix * inputs : 0) + index % inputs, input);
            assertEquals(index, layout.index(output, index % inputs, inputs));
        });
    }
}
