package lathe.cluster;

import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import lathe.engine.task.PlainData;

/** A task or its result on the way between machines, as {@link PlainData}: Java's serialization sees nothing of it. */
public final class Sent implements Externalizable {

    private static final long serialVersionUID = 1;

    private transient Object content;

    /** For whoever reads it. */
    public Sent() {}

    Sent(Object content) {
        this.content = content;
    }

    Object content() {
        return content;
    }

    @Override
    public void writeExternal(ObjectOutput out) throws IOException {
        PlainData.write(content, out);
    }

    @Override
    public void readExternal(ObjectInput in) throws IOException {
        content = PlainData.read(in);
    }
}
