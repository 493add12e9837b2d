package lathe.engine.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
}
