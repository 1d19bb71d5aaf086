from tree_queries.fields import TreeNodeForeignKey as TreeNodeForeignKey
import django.db.models
import tree_queries.fields

class TreeNode(django.db.models.Model):
    parent = tree_queries.fields.TreeNodeForeignKey(blank=True, null=True, related_name='children', on_delete=django.db.models.CASCADE, to='self')
    objects = django.db.models.Manager()
    class Meta:
        abstract = True
    def ancestors(self, *args, **kwargs): ...
    def clean(self, *args, **kwargs): ...
    def descendants(self, *args, **kwargs): ...

class OrderableTreeNode(TreeNode):
    position = django.db.models.PositiveIntegerField(db_index=True, default=0)
    class Meta:
        abstract = True
        ordering = ['position']
    def save(self, *args, **kwargs): ...
