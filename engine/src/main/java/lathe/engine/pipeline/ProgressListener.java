package lathe.engine.pipeline;

/** Told how far a run is. Calls may come from several threads. */
public interface ProgressListener {

    /** Listens to nothing. */
    ProgressListener NONE = new ProgressListener() {
        @Override
        public void begin(String stage, long steps) {}

        @Override
        public void step() {}
    };

    /** A stage of that many steps begins; the one before it is over. */
    void begin(String stage, long steps);

    /** One step of the stage is done. */
    void step();
}
