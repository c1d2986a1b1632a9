package spec

func (c *compiler) checkDead()    {}
func (c *compiler) checkDiagram() {}
