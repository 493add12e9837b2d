/** What compressed networks are written for: the interface between the pipeline and a runtime. Implemented in {@code qdq}. */
package lathe.engine.target;
