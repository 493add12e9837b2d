package lathe.precondition;

import java.util.List;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.onnx.Functions;
import lathe.engine.pipeline.GraphPass;

/** Puts the content of a model's own functions in the place of their calls, so that their layers are layers of the graph. */
final class FunctionInlining implements GraphPass {

    @Override
    public String name() {
        return "function-inlining";
    }

    @Override
    public Result apply(Graph graph) {
        try {
            Functions.Inlined inlined = Functions.inlined(graph);
            return new Result(
                    inlined.graph(),
                    inlined.calls() == 0
                            ? List.of()
                            : List.of("inlined %d call%s of the model's own functions"
                                    .formatted(inlined.calls(), inlined.calls() == 1 ? "" : "s")));
        } catch (UnsupportedModelException e) {
            return new Result(graph, List.of("functions of the model are left unchanged: " + e.getMessage()));
        }
    }
}
