package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A model's own functions, each of which names the operator sets of its nodes. */
final class Functions {

    private static final int FUNCTIONS = ModelProto.FUNCTIONS_FIELD_NUMBER;

    private Functions() {}

    /**
     * The model with its functions raised from one version of the standard operator set to another, as the format wants
     * them to name the same operators as the model. What they hold must mean the same in both; functions of another
     * version stay as they are.
     */
    static WireMessage raised(WireMessage model, long from, long to) throws IOException {
        List<Field> fields = new ArrayList<>();
        for (Field field : model.all(FUNCTIONS)) {
            FunctionProto.Builder function = WireMessage.parse(FunctionProto.parser(), field.payload()).toBuilder();
            List<OperatorSetIdProto.Builder> imports = function.getOpsetImportBuilderList().stream()
                    .filter(opset -> Opsets.isStandard(opset.getDomain()) && opset.getVersion() == from)
                    .toList();
            imports.forEach(opset -> opset.setVersion(to));
            fields.add(
                    imports.isEmpty()
                            ? field
                            : Field.of(FUNCTIONS, function.build().toByteString()));
        }
        return model.with(FUNCTIONS, fields);
    }
}
