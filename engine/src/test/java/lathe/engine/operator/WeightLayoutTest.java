package lathe.engine.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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
        List<Long> dims = List.of(
                (long) groups * (outputsFirst ? outputs : inputs),
                outputsFirst ? (long) inputs : outputs,
                (long) height,
                (long) width);
        WeightLayout layout = WeightLayout.of(dims, groups, outputsFirst);
        assertEquals(dims, layout.dims());
        assertEquals(outputs * groups, layout.outputs());
        assertEquals(inputs * groups, layout.inputs());
        int[] visited = new int[1];
        layout.forEach((index, output, input) -> {
            int tap = index % layout.taps();
            int column = input % inputs * layout.taps() + tap;
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
        assertEquals(dims, layout.axes());
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

    /** One number per output, spread over the axes, and the rows of the matrix agree on which weight is whose. */
    @Property
    void aBatchHasOneMatrixAfterTheOther(
            @ForAll @IntRange(min = 0, max = 2) int batchAxes,
            @ForAll @IntRange(min = 1, max = 3) int batch,
            @ForAll @IntRange(min = 1, max = 2) int firstAxes,
            @ForAll @IntRange(min = 1, max = 3) int first,
            @ForAll @IntRange(min = 1, max = 4) int second,
            @ForAll boolean outputsFirst) {
        List<Long> dims = new ArrayList<>(Collections.nCopies(batchAxes, (long) batch));
        dims.addAll(Collections.nCopies(firstAxes, (long) first));
        dims.add((long) second);
        WeightLayout layout = WeightLayout.ofProduct(dims, batchAxes, firstAxes, outputsFirst);
        int matrices = (int) Math.pow(batch, batchAxes);
        int inFirst = (int) Math.pow(first, firstAxes);
        int outputs = outputsFirst ? inFirst : second;
        int inputs = outputsFirst ? second : inFirst;
        assertEquals(matrices, layout.groups());
        assertEquals(matrices * outputs, layout.outputs());
        assertEquals(inputs, layout.cols());
        assertEquals(batchAxes == 0 && firstAxes == 1, layout.hasPlainAxes());
        assertEquals(
                (long) matrices * outputs, layout.dimsAlongOutputs().stream().reduce(1L, Math::multiplyExact));
        layout.forEach((index, output, input) -> {
            int matrix = index / (outputs * inputs);
            int rest = index % (outputs * inputs);
            assertEquals(matrix * outputs + (outputsFirst ? rest / inputs : rest % outputs), output);
            assertEquals(matrix * inputs + (outputsFirst ? rest % inputs : rest / outputs), input);
            assertEquals(index, layout.index(output, input % inputs, inputs));
        });
    }
}
