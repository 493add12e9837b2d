package lathe.engine.qdq;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.grid.LevelTable;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.Layer;
import lathe.engine.layer.SolvedLayer;

/**
 * Writes the weights of layers that compute in float, folded by the runtime when it loads the model. Layers that share
 * weights share what is written: the first in graph order has it inserted.
 */
final class WeightsInFloat {

    private final GraphEdit edit;
    private final WrittenCodes unpacked;
    private final SharedConstants constants;
    private final Map<CompressedLayer, PackedWeights> packed = new HashMap<>();
    /** Names of the vectors that packs give. */
    private final Map<CompressedLayer, String> vectors = new HashMap<>();

    private final Map<CompressedLayer, String> written = new HashMap<>();
    /** Names of the tables of levels that layers share. */
    private final Map<LevelTable, String> tables = new HashMap<>();

    WeightsInFloat(GraphEdit edit, WrittenCodes unpacked) {
        this.edit = edit;
        this.unpacked = unpacked;
        this.constants = new SharedConstants(edit);
    }

    /**
     * Packs the weights of those of these layers that take fewer bytes so. A pack pays for its own nodes, and one without
     * zeros for them by what its layers save beyond a pack with zeros.
     */
    void pack(List<SolvedLayer> layers, long opset) {
        Map<CompressedLayer, List<PackedWeights>> forms = new LinkedHashMap<>();
        Map<Pack.Kind, Long> gains = new HashMap<>();
        for (SolvedLayer solved : layers) {
            forms.computeIfAbsent(solved.groups().get(0), key -> PackedWeights.forms(solved, opset));
        }
        forms.values()
                .forEach(ofLayer -> PackedWeights.smallest(ofLayer, Pack.Kind::sparse)
                        .ifPresent(sparse -> {
                            long dense = PackedWeights.smallest(ofLayer, kind -> !kind.sparse())
                                    .map(PackedWeights::saved)
                                    .orElse(0L);
                            gains.merge(sparse.kind(), Math.max(0, sparse.saved() - dense), Long::sum);
                        }));
        Map<Pack.Kind, List<Pack>> packs = new LinkedHashMap<>();
        forms.forEach((key, ofLayer) -> PackedWeights.smallest(
                        ofLayer, kind -> !kind.sparse() || gains.get(kind) > kind.overhead())
                .ifPresent(weights -> {
                    packed.put(key, weights);
                    List<Pack> ofKind = packs.computeIfAbsent(weights.kind(), kind -> new ArrayList<>());
                    if (ofKind.isEmpty() || !ofKind.get(ofKind.size() - 1).hasRoom(weights.count())) {
                        ofKind.add(new Pack(weights.kind()));
                    }
                    ofKind.get(ofKind.size() - 1).add(key, weights);
                }));
        packs.values().stream()
                .flatMap(List::stream)
                .filter(Pack::isSmaller)
                .forEach(pack -> vectors.putAll(pack.write(edit, constants)));
    }

    /** True if a layer has its weights from a pack. */
    boolean isPacked(SolvedLayer solved) {
        return vectors.containsKey(solved.groups().get(0));
    }

    /** The name of the weights of a layer, given as floats. */
    String floats(SolvedLayer solved) {
        Layer layer = solved.layer();
        return written.computeIfAbsent(solved.groups().get(0), key -> {
            List<Long> dims = layer.weights().dims();
            if (vectors.containsKey(key)) {
                return reshaped(layer.node(), vectors.get(key), dims);
            }
            long[] extents = dims.stream().mapToLong(Long::longValue).toArray();
            return edit.putFresh(Initializer.ofFloats("w", solved.storedFloats(), extents)
                    .storedAs(solved.layer().weights()));
        });
    }

    /** The name of the weights of a layer, given as codes. */
    String codes(SolvedLayer solved, StoredWeights stored) {
        Layer layer = solved.layer();
        Node reader = layer.node();
        return written.computeIfAbsent(solved.groups().get(0), key -> {
            Optional<String> vector = Optional.ofNullable(vectors.get(key));
            StoredWeights weights =
                    vector.flatMap(name -> packed.get(key).codes()).orElse(stored);
            String codes = vector.map(
                            name -> reshaped(reader, name, weights.codes().dims()))
                    .orElseGet(() -> unpacked.of(key, weights.codes()));
            boolean byZeroPoint = vector.isPresent() && packed.get(key).kind().sparse();
            Optional<String> table = weights.table().map(levels -> put(levels, solved));
            return FoldedWeights.insert(edit, reader, codes, byZeroPoint, weights, layer.layout(), table);
        });
    }

    /** The first extent follows from the others, so more layers share a shape. */
    private String reshaped(Node reader, String vector, List<Long> dims) {
        List<Long> shape = new ArrayList<>(dims);
        shape.set(0, -1L);
        return FoldedWeights.reshaped(edit, reader, vector, constants.longs(shape));
    }

    private String put(LevelTable table, SolvedLayer solved) {
        boolean own = solved.quantized().get(0).format().fitted();
        return own ? put(table) : tables.computeIfAbsent(table, this::put);
    }

    private String put(LevelTable table) {
        float[] byCode = table.byCode();
        return edit.putFresh(Initializer.ofFloats("t", byCode, byCode.length));
    }
}
