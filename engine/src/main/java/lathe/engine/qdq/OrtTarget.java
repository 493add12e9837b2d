package lathe.engine.qdq;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.grid.AffineScale;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.KernelLimits;
import lathe.engine.layer.Layer;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.operator.WeightSite;
import lathe.engine.target.Placement;
import lathe.engine.target.Target;

/**
 * ONNX Runtime on a CPU: networks with QuantizeLinear and DequantizeLinear nodes, placed so that they are fused into
 * integer kernels.
 *
 * @param form of the weights of layers that compute in float
 * @param processor that 8-bit kernels have to be exact on
 */
public record OrtTarget(WeightForm form, Processor processor) implements Target {

    /** Weights that are folded into floats at load, exact on every processor. */
    public static final OrtTarget DEFAULT = new OrtTarget(WeightForm.CAST, Processor.ANY);

    @Override
    public long leastOpset() {
        return QdqRewrite.OPSET;
    }

    @Override
    public long bestOpset(WeightFormat format) {
        return StoredWeights.bestOpset(format, form);
    }

    @Override
    public boolean canStore(WeightFormat format, long opset) {
        return format.sharing() != WeightFormat.Sharing.BLOCK
                || form == WeightForm.NBITS
                || opset >= StoredWeights.BLOCK_OPSET;
    }

    @Override
    public WeightFormat suited(Layer layer, WeightFormat format) {
        boolean blocks = format.sharing() == WeightFormat.Sharing.BLOCK;
        return blocks && form == WeightForm.NBITS && !CodeProduct.canHold(form, layer, format, false)
                ? format.perChannel()
                : format;
    }

    @Override
    public Placement place(Graph graph, List<Layer> integer) {
        return new Placed(this, graph, ActivationPlan.of(graph, integer));
    }

    @Override
    public Optional<Initializer> weights(Graph written, Node node, WeightSite site) {
        return WrittenWeights.of(written, node, site);
    }

    private record Placed(OrtTarget target, Graph graph, ActivationPlan plan) implements Placement {

        @Override
        public List<String> valuesToMeasure() {
            return plan.valuesToMeasure();
        }

        @Override
        public Optional<String> scaleOfInput(Layer layer) {
            return plan.scaleOfInput(layer);
        }

        @Override
        public Optional<String> averageOf(String value) {
            return plan.averageOf(value);
        }

        @Override
        public Map<String, String> floatReasons() {
            return plan.floatReasons();
        }

        @Override
        public KernelLimits limits(Layer layer, WeightFormat format, Map<String, AffineScale> scales) {
            return QdqRewrite.limits(layer, format, graph, plan, scales, target);
        }

        @Override
        public long bytes(SolvedLayer layer, boolean withWeights) {
            return LayerBytes.of(layer, withWeights, graph, plan, target.form);
        }

        @Override
        public Graph write(List<SolvedLayer> layers, Map<String, AffineScale> scales) {
            return QdqRewrite.apply(graph, layers, plan, scales, target.form);
        }
    }
}
