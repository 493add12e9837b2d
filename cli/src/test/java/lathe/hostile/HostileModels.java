package lathe.hostile;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.List;
import java.util.stream.Stream;
import lathe.testdata.TestData;

/** Makes hostile files: a network of the test data, spoilt one to four times, at times once more as bytes. */
final class HostileModels {

    private static final List<String> NETWORKS = TestData.oddGraphs();

    private static final List<ModelProto> MODELS =
            NETWORKS.stream().flatMap(name -> Stream.of(parsed(name))).toList();

    private static final List<Mutation> MUTATIONS = List.of(
            FieldMutations::anyField,
            FieldMutations::anyField,
            NodeMutations::operator,
            NodeMutations::attribute,
            NodeMutations::attribute,
            NodeMutations::values,
            NodeMutations::values,
            TensorMutations::lyingExtents,
            TensorMutations::otherExtents,
            TensorMutations::otherTensor,
            TensorMutations::oddNumbers,
            TensorMutations::otherType,
            TensorMutations::external,
            GraphMutations::opset,
            GraphMutations::order,
            GraphMutations::names,
            GraphMutations::ends,
            GraphMutations::hugeConstant,
            GraphMutations::longChain,
            GraphMutations::sharing,
            GraphMutations::unknownFields);

    private HostileModels() {}

    private static ModelProto parsed(String name) {
        try {
            return ModelProto.parseFrom(TestData.bytes(name));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(name, e);
        }
    }

    /** The file that these choices make. */
    static byte[] made(Choices choices) {
        ModelProto.Builder model = choices.of(MODELS).toBuilder();
        boolean onlyBytes = choices.oneIn(10);
        for (int i = onlyBytes ? 0 : 1 + choices.below(4); i > 0; i--) {
            Mutation mutation = choices.oneIn(60) ? GraphMutations::nesting : choices.of(MUTATIONS);
            mutation.spoil(model, choices);
        }
        byte[] file = model.build().toByteArray();
        return onlyBytes || choices.oneIn(12) ? ByteMutations.spoilt(file, choices) : file;
    }
}
