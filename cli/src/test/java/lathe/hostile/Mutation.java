package lathe.hostile;

import ai.onnx.proto.OnnxMl.ModelProto;

/** One way to spoil a model that is well formed as a message. What it finds nothing to do on, it leaves alone. */
interface Mutation {

    /** Changes the model in place, as chosen. */
    void spoil(ModelProto.Builder model, Choices choices);
}
